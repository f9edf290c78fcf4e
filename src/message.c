#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int level;
static bool line_open;

void message_set_level(int new_level)
{
    level = new_level;
}

static bool colours(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && !(no_color && *no_color);
}

/* Texts from files may hold what a terminal would obey. */
static void blank_controls(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = *text == '\n' ? ' ' : '?';
    }
}

static void say(const char *start, const char *format, va_list args)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    blank_controls(text);
    if (line_open) {
        fputs("\r\033[K", stderr);
        line_open = false;
    }
    fputs("autan: ", stderr);
    fputs(start, stderr);
    fputs(text, stderr);
    fputc('\n', stderr);
}

void message_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(colours() ? "\033[1;31merror:\033[0m " : "error: ", format, args);
    va_end(args);
}

void message_note(const char *format, ...)
{
    va_list args;
    if (level < 0)
        return;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void message_detail(const char *format, ...)
{
    va_list args;
    if (level < 1)
        return;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

int message_fail(const autan_error *err)
{
    message_error("%s", err->text[0] ? err->text : autan_status_text(err->status));
    return err->status == AUTAN_BAD_CONFIG ? 2 : 1;
}

void message_progress(const char *what, size_t done, size_t total)
{
    if (level < 0 || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r\033[K%s: %zu of %zu", what, done, total);
    line_open = done < total;
    if (!line_open)
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

int message_close_output(int code)
{
    if (fclose(stdout) != 0) {
        message_error("standard output: cannot write: %s", strerror(errno));
        return code ? code : 1;
    }
    return code;
}
