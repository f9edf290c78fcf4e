#!/usr/bin/env Rscript
# Seconds of fields' mKrig() with the 24 hours as columns, covariates with coefficients of
# their own for each hour, and the covariance of given.ini; then of predictSE() once.
#
#   Rscript speed_fields.R FOLDER
#
# prints them as a shell assignment; writes FOLDER/fields.csv, mean of the first hour at
# some cells.
suppressPackageStartupMessages(library(fields))
folder <- commandArgs(trailingOnly = TRUE)[1]
stations <- read.csv(file.path(folder, "day.csv"))
size <- file.size(file.path(folder, "cells.bin")) / 8
cells <- matrix(readBin(file.path(folder, "cells.bin"), "double", size), ncol = 5, byrow = TRUE)
place <- as.matrix(stations[, c("x", "y")])
z <- as.matrix(stations[, c("one", "two", "three")])
reading <- as.matrix(stations[, paste0("h", 0:23)])
start <- proc.time()[["elapsed"]]
fit <- mKrig(place, reading, Z = z, cov.function = "stationary.cov",
             cov.args = list(Covariance = "Exponential", aRange = 4000), m = 1,
             lambda = 0.1 / 0.5, collapseFixedEffect = FALSE)
mean <- predict(fit, xnew = cells[, 1:2], Z = cells[, 3:5])
error <- predictSE(fit, xnew = cells[, 1:2], Z = cells[, 3:5])
cat(sprintf("fields=%.3f\n", proc.time()[["elapsed"]] - start))
some <- floor(seq(1, nrow(cells), length.out = 997))
write.csv(data.frame(cell = some - 1, mean = mean[some, 1]), file.path(folder, "fields.csv"),
          row.names = FALSE)
