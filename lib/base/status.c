#include "base/status.h"

#include <stdio.h>

const char *autan_status_text(autan_status status)
{
    switch (status) {
    case AUTAN_OK:
        return "no error";
    case AUTAN_NO_MEMORY:
        return "out of memory";
    case AUTAN_BAD_ARGUMENT:
        return "bad argument";
    case AUTAN_OUT_OF_DOMAIN:
        return "value outside its domain";
    case AUTAN_SINGULAR:
        return "matrix is not positive definite";
    case AUTAN_NOT_CONVERGED:
        return "no convergence";
    case AUTAN_NO_DATA:
        return "too few data";
    case AUTAN_NOT_FOUND:
        return "not found";
    case AUTAN_BAD_SYNTAX:
        return "syntax error";
    case AUTAN_BAD_FORMAT:
        return "not the expected kind of file";
    case AUTAN_BAD_CONFIG:
        return "configuration error";
    case AUTAN_IO:
        return "input or output failed";
    case AUTAN_LOCKED:
        return "locked by another process";
    case AUTAN_UNSUPPORTED:
        return "not built in";
    }
    return "unknown status";
}

autan_status autan_fail(autan_error *err, autan_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        err->status = status;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}
