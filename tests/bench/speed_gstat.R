#!/usr/bin/env Rscript
# Seconds of gstat's krige(): universal kriging with three covariates and the covariance of
# given.ini, mean and variance of every cell.
#
#   Rscript speed_gstat.R FOLDER HOURS [CELLS]
#
# prints, as a shell assignment, the seconds of 24 hours of all cells, scaled from the
# first HOURS hours and CELLS cells (default: all); writes FOLDER/gstat.csv, mean and
# variance of the last hour measured at some cells.
suppressPackageStartupMessages({ library(sp); library(gstat) })
argument <- commandArgs(trailingOnly = TRUE)
folder <- argument[1]
hours <- as.integer(argument[2])
stations <- read.csv(file.path(folder, "day.csv"))
size <- file.size(file.path(folder, "cells.bin")) / 8
cells <- as.data.frame(matrix(readBin(file.path(folder, "cells.bin"), "double", size),
                              ncol = 5, byrow = TRUE))
names(cells) <- c("x", "y", "one", "two", "three")
all <- nrow(cells)
if (length(argument) > 2) cells <- cells[seq_len(as.integer(argument[3])), ]
coordinates(stations) <- ~ x + y
coordinates(cells) <- ~ x + y
model <- vgm(0.5, "Exp", 4000, 0.1)
start <- proc.time()[["elapsed"]]
for (k in seq_len(hours)) {
  formula <- as.formula(sprintf("h%d ~ one + two + three", k - 1))
  answer <- krige(formula, stations, cells, model, debug.level = 0)
}
taken <- proc.time()[["elapsed"]] - start
cat(sprintf("gstat=%.3f\n", taken * 24 / hours * all / nrow(cells)))
some <- seq(1, nrow(cells), length.out = 997)
write.csv(data.frame(cell = floor(some) - 1, mean = answer$var1.pred[some],
                     variance = answer$var1.var[some]),
          file.path(folder, "gstat.csv"), row.names = FALSE)
