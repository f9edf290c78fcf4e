/* What the last alert said, kept in the archive folder between runs. */
#ifndef AUTAN_ALERT_STATE_H
#define AUTAN_ALERT_STATE_H

#include <stdbool.h>

#include "files/area_file.h"
#include "risk.h"

typedef struct {
    bool known;       /* false: there was none */
    bool active;      /* an alert is out and neither cancelled nor expired */
    char *references; /* "sender,identifier,sent" of it; NULL: none */
    char *earlier;    /* what that message referred to itself; NULL: nothing */
    autan_time expires;
    int worst;     /* colour of the town then */
    void *colours; /* of zones by day */
} alert_state;

/* Reads archive/alert.json; a file that is missing leaves the state unknown, one that
 * is damaged too, and sets *damaged. */
void alert_state_read(const char *archive, alert_state *state, bool *damaged);
void alert_state_clear(alert_state *state);

/* Fills `before` of every day of the risk. */
void alert_state_before(const alert_state *state, const autan_areas *areas,
                        town_risk *risk);

/* A message as later ones refer to it. */
typedef struct {
    char *references, *earlier; /* as in the state */
    bool active;
    autan_time expires;
} alert_message;

/* Writes the state after a message, and keeps it as the alert of the moment `at` for
 * verification. */
autan_status alert_state_write(const char *archive, autan_time at,
                               const autan_areas *areas, const town_risk *risk,
                               const alert_message *message, autan_error *err);

/* An alert that was kept: chances and colours of the zones, in the order of the areas'
 * names, the town first; colour -1 where a zone or day was not in it. */
typedef struct {
    autan_time at;
    size_t n_zones, n_days;
    autan_time midnight[RISK_DAYS];
    int *colour;    /* n_zones x n_days */
    double *chance; /* n_zones x n_days x AUTAN_LEVELS */
} kept_alert;

/* Moments of the alerts kept, ascending, for the caller to free(). AUTAN_NO_MEMORY. */
autan_status kept_alert_list(const char *archive, autan_time **at, size_t *n);

/* Reads one; false when it cannot be read. Clear with kept_alert_clear. */
bool kept_alert_read(const char *archive, autan_time at, const autan_areas *areas,
                     kept_alert *alert);
void kept_alert_clear(kept_alert *alert);

#endif
