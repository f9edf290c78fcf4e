/* Learning the model of a network of any size.
 *
 * Variances and ranges are few numbers that some hundred stations tell as well as some
 * thousand. With more than AUTAN_FIT_STATIONS they are learnt from a sample: stations
 * that report often, drawn at random, and beside some of them their nearest neighbours,
 * as short distances are rare otherwise. Means and patterns of the others follow from
 * the sample's: with mu_t the hour's level and g_t its amplitude by the sample, the
 * mean of station i is the average of y_t - mu_t, and its pattern the regression of
 * what is left on g_t. */
#ifndef AUTAN_KRIGING_FIT_LARGE_H
#define AUTAN_KRIGING_FIT_LARGE_H

#include "kriging/fit.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_FIT_STATIONS = 300, AUTAN_FIT_SAMPLE = 200 };

/* autan_model_fit for any number of sites. */
autan_status autan_model_fit_large(autan_model *model, const autan_sites *sites,
                                   const autan_panel *panel, autan_progress progress,
                                   void *user);

#ifdef __cplusplus
}
#endif
#endif
