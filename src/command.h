/* The verbs of the program. Each has its own file, cmd_VERB.c. */
#ifndef AUTAN_COMMAND_H
#define AUTAN_COMMAND_H

#include <stdbool.h>

/* argv[0] is the verb; getopt_long starts afresh. Returns the exit code. */
typedef int (*command_function)(int argc, char **argv);

typedef struct {
    const char *verb;
    command_function run;
    const char *summary;
    bool algebra; /* linear algebra is most of its work */
} command;

int cmd_grid(int argc, char **argv);
int cmd_ingest(int argc, char **argv);
int cmd_fetch(int argc, char **argv);
int cmd_archive(int argc, char **argv);
int cmd_qc(int argc, char **argv);
int cmd_fit(int argc, char **argv);
int cmd_scenario(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_picture(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_forecast(int argc, char **argv);
int cmd_alert(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_publish(int argc, char **argv);
int cmd_view(int argc, char **argv);
int cmd_run(int argc, char **argv);

#endif
