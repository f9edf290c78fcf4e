#!/usr/bin/env Rscript
# The baseline Autan is measured against: gstat, one hour at a time.
#
# For every hour: the empirical variogram of the residuals of the trend is
# fitted (exponential and nugget), then every station is withheld in turn and
# predicted from the others by universal kriging.  The station mean and inverse
# squared distance are there as yardsticks.
#
#   Rscript gstat_hourly_uk.R OBSERVATIONS STATIONS OUTPUT [option=value ...]
#
#   OBSERVATIONS  CSV time,station,air_temperature (may be gzipped), UTC
#   STATIONS      CSV station,x,y and the covariates; x, y in metres
#   OUTPUT        CSV station,time,observed,predicted,standard_error
#
#   covariate=NAME[,NAME]   external drift; none (default): ordinary kriging
#   method=uk|mean|idw      universal kriging (default), station mean, inverse
#                           squared distance; the last two give as standard
#                           error the spread of their own withheld errors in
#                           the hour
#   missing=mean|drop       a station without the covariate takes the mean of
#                           the others (default), or is left out altogether
#   hours=FILE              the hours to predict, 2019-06-30T15:00:00 and so on, one a
#                           line; default: all
#   refit=no|yes            no (default): the hour's variogram is fitted once,
#                           to all stations, the withheld one included, which
#                           favours this baseline; yes: fitted again without
#                           the withheld station
#   solve=direct|gstat      gstat: krige() for every fold, 10 ms each; direct
#                           (default): the same equations solved here with
#                           gstat's fitted model, 100 times faster, and
#                           compared with krige() on one station in every
#                           hundredth hour (the run stops if they differ)
#
# The variogram: bins and cut-off are gstat's own; weights N/h^2 (fit.method 7);
# several starting ranges, the best weighted fit that converged with sills >= 0
# is kept.  When none did, the sills alone are fitted at a third of the cut-off;
# when that fails too: 0.8 of the residual variance at that range, 0.2 nugget.

suppressPackageStartupMessages({
  library(methods)
  library(stats)
  library(utils)
  library(sp)
  library(gstat)
})

argument <- commandArgs(trailingOnly = TRUE)
if (length(argument) < 3) {
  message("usage: gstat_hourly_uk.R OBSERVATIONS STATIONS OUTPUT [option=value ...]")
  quit(status = 2)
}
option <- list(covariate = "", method = "uk", missing = "mean", hours = "",
               refit = "no", solve = "direct")
for (a in argument[-(1:3)]) {
  part <- regmatches(a, regexpr("=", a), invert = TRUE)[[1]]
  if (length(part) != 2 || !(part[1] %in% names(option))) {
    message("unknown option: ", a)
    quit(status = 2)
  }
  option[[part[1]]] <- part[2]
}
split_list <- function(s) if (nzchar(s)) strsplit(s, ",")[[1]] else character(0)
covariate <- split_list(option$covariate)

# ---- read ------------------------------------------------------------------
observations <- read.csv(argument[1], stringsAsFactors = FALSE)
stations <- read.csv(argument[2], stringsAsFactors = FALSE)
stations <- stations[order(stations$station), ]
if (length(covariate)) {
  absent <- setdiff(covariate, names(stations))
  if (length(absent)) stop("no such covariate: ", paste(absent, collapse = ", "))
  for (k in covariate) {
    lacking <- is.na(stations[[k]])
    if (option$missing == "drop") stations <- stations[!lacking, ]
    else stations[[k]][lacking] <- mean(stations[[k]], na.rm = TRUE)
  }
}
observations <- observations[observations$station %in% stations$station &
                             !is.na(observations$air_temperature), ]
observations$time <- substr(sub(" ", "T", observations$time), 1, 19)
if (nzchar(option$hours))
  observations <- observations[observations$time %in% readLines(option$hours), ]
times <- sort(unique(observations$time))
rows_of <- split(seq_len(nrow(observations)), observations$time)
station_row <- match(observations$station, stations$station)

# ---- the variogram of one hour ---------------------------------------------
fit_hour <- function(formula, data) {
  v <- variogram(formula, data)
  spread <- var(residuals(lm(formula, as.data.frame(data))))
  if (!is.finite(spread) || spread <= 0) spread <- 1e-6
  reach <- max(v$dist)
  best <- NULL
  best_error <- Inf
  for (range in reach * c(0.1, 0.33, 1)) {
    start <- vgm(0.8 * spread, "Exp", range, 0.2 * spread)
    m <- try(suppressWarnings(fit.variogram(v, start, warn.if.neg = FALSE)), silent = TRUE)
    if (inherits(m, "try-error") || isTRUE(attr(m, "singular")) ||
        any(!is.finite(m$psill)) || any(m$psill < 0) || sum(m$psill) <= 0 ||
        m$range[2] <= 0 || m$range[2] > 20 * reach) next
    error <- attr(m, "SSErr")
    if (is.finite(error) && error < best_error) { best <- m; best_error <- error }
  }
  fitted <- !is.null(best)
  if (!fitted) {
    start <- vgm(0.8 * spread, "Exp", reach / 3, 0.2 * spread)
    m <- try(suppressWarnings(fit.variogram(v, start, fit.ranges = FALSE,
                                            warn.if.neg = FALSE)), silent = TRUE)
    good <- !inherits(m, "try-error") && all(is.finite(m$psill)) &&
      all(m$psill >= 0) && sum(m$psill) > 0
    best <- if (good) m else start
  }
  list(model = best, fitted = fitted)
}

# ---- universal kriging of station k from the others -------------------------
by_gstat <- function(formula, data, k, model) {
  p <- krige(formula, data[-k, ], data[k, ], model, debug.level = 0)
  # gstat's prediction is of a new reading: its variance includes the nugget
  c(p$var1.pred, p$var1.var)
}
directly <- function(trend, h, z, k, model) {
  nugget <- sum(model$psill[model$model == "Nug"])
  sill <- sum(model$psill[model$model == "Exp"])
  range <- model$range[model$model == "Exp"]
  covariance <- sill * exp(-h / range)
  diag(covariance) <- sill + nugget
  q <- ncol(trend)
  x <- trend[-k, , drop = FALSE]
  system <- rbind(cbind(covariance[-k, -k], x), cbind(t(x), matrix(0, q, q)))
  right <- c(covariance[-k, k], trend[k, ])
  weight <- solve(system, right, tol = 1e-30)
  c(sum(weight[seq_along(z[-k])] * z[-k]), sill + nugget - sum(weight * right))
}
checked <- 0

# ---- every hour, every station withheld ------------------------------------
formula <- if (length(covariate)) as.formula(paste("z ~", paste(covariate, collapse = " + "))) else z ~ 1
fallback <- 0
one_hour <- function(time) {
  r <- rows_of[[time]]
  i <- station_row[r]
  z <- observations$air_temperature[r]
  n <- length(z)
  if (n < length(covariate) + 5) return(NULL)
  predicted <- error <- rep(NA_real_, n)
  if (option$method == "uk") {
    data <- data.frame(stations[i, c("x", "y", covariate), drop = FALSE], z = z)
    trend <- model.matrix(formula, data)
    h <- as.matrix(dist(data[, c("x", "y")]))
    coordinates(data) <- ~ x + y
    fit <- NULL
    if (option$refit != "yes") {
      fit <- fit_hour(formula, data)
      if (!fit$fitted) fallback <<- fallback + 1
    }
    for (k in seq_len(n)) {
      f <- if (is.null(fit)) fit_hour(formula, data[-k, ]) else fit
      if (is.null(fit) && !f$fitted) fallback <<- fallback + 1
      p <- if (option$solve == "gstat") by_gstat(formula, data, k, f$model)
           else directly(trend, h, z, k, f$model)
      if (option$solve == "direct" && k == 1 && match(time, times) %% 100 == 1) {
        g <- by_gstat(formula, data, k, f$model)
        if (max(abs(p - g)) > 1e-6 * max(1, abs(g))) stop("krige() differs at ", time)
        checked <<- checked + 1
      }
      predicted[k] <- p[1]
      error[k] <- sqrt(max(p[2], 0))
    }
  } else {
    h <- as.matrix(dist(stations[i, c("x", "y")]))
    w <- if (option$method == "idw") 1 / pmax(h, 1)^2 else matrix(1, n, n)
    diag(w) <- 0
    predicted <- as.vector(w %*% z) / rowSums(w)
    error <- rep(sqrt(mean((z - predicted)^2)), n)
  }
  data.frame(station = stations$station[i], time = paste0(time, "Z"), observed = z,
             predicted = round(predicted, 5), standard_error = round(error, 5))
}
answer <- do.call(rbind, lapply(times, one_hour))
temporary <- paste0(argument[3], ".tmp")
write.csv(answer, temporary, row.names = FALSE, quote = FALSE)
invisible(file.rename(temporary, argument[3]))
if (checked) message(checked, " folds compared with krige()")
e <- answer$predicted - answer$observed
message(sprintf("%d hours, %d predictions, RMSE %.4f, %d variograms not fitted",
                length(times), nrow(answer), sqrt(mean(e^2, na.rm = TRUE)), fallback))
