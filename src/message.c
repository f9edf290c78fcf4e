#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

/* Wipes the progress off its line. */
static void close_line(void)
{
    if (line_open)
        fputs("\r\033[K", stderr);
    line_open = false;
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
    close_line();
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

/* Whether it is time to draw again: ten times a second is what an eye can follow. */
static bool is_due(void)
{
    static struct timespec drawn;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((double)(now.tv_sec - drawn.tv_sec) +
            1e-9 * (double)(now.tv_nsec - drawn.tv_nsec) <
        0.1)
        return false;
    drawn = now;
    return true;
}

void message_progress(const char *what, size_t done, size_t total)
{
    if (level < 0 || !isatty(STDERR_FILENO))
        return;
    if (done == total) {
        close_line();
    } else if (is_due()) {
        close_line();
        fprintf(stderr, "%s: %zu", what, done);
        if (total)
            fprintf(stderr, " of %zu", total);
        line_open = true;
    }
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
