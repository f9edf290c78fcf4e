# The levels of CrowdQC+ in base R and robustbase, after the package's documentation and
# paper (Fenner et al. 2021), on a network with what makes them differ. Writes crowd.csv,
# which tests/test_qc_crowd.c compares with: lines of places and values, and for each case
# and hour one of the stations' levels, two hexadecimal digits each (M1 = 1 to O3 = 128).
#
#   Rscript crowd.R crowd.csv         (Debian: r-base-core r-cran-robustbase)
suppressMessages(library(robustbase))
set.seed(5)
n <- 36
times <- seq(as.POSIXct("2021-06-28 00:00", tz = "UTC"), by = 3600, length.out = 7 * 24)
rows <- length(times)
lat <- round(43.6 + 0.012 * runif(n), 4)
lon <- round(1.4 + 0.018 * runif(n), 4)
z <- round(150 + 20 * runif(n))
lat[2] <- lat[1]; lon[2] <- lon[1]           # two at one place
lat[4] <- lat[3]; lon[4] <- lon[3]           # the second of them without a value
lat[5] <- 43.9                               # alone
z[6] <- 400                                  # high above its neighbours
z[7] <- NA                                   # of unknown height
hour <- as.integer(format(times, "%H"))
ta <- outer(20 + 7 * sin((hour - 9) * pi / 12), 1.2 * rnorm(n), "+") +
    matrix(rnorm(rows * n, sd = 0.5), rows)
ta <- ta - rep(0.0065 * (ifelse(is.na(z), 160, z) - 160), each = rows)
ta <- round(ta, 1)
ta[, 4] <- NA
ta[, 8] <- 21.5                              # does not move
ta[, 9] <- round(20 + 4 * rnorm(rows), 1)    # goes with nobody
ta[, 10] <- ta[, 10] + 12                    # too warm
ta[73:rows, 11] <- NA                        # gone before July
ta[, 12] <- ifelse(seq_len(rows) %% 9 == 0, NA, ta[, 12])
ta[, 13] <- ifelse(seq_len(rows) %% 9 < 2, NA, ta[, 13])
ta[hour < 6, 14] <- NA                       # a quarter of each day
ta[40, ] <- NA; ta[41, -20] <- NA            # nobody, one alone
ta[42, !is.na(ta[42, ])] <- 18               # all the same
ta[50, 15] <- round((ta[49, 15] + ta[51, 15]) / 2, 1) # a gap's neighbour values
ta[60, 16] <- 60; ta[61, 16] <- NA; ta[63, 16] <- NA
ta[c(1, rows), 17] <- NA                     # gaps at the ends

qn <- function(x) { x <- x[!is.na(x)]; if (length(x)) Qn(x) else NaN }
share <- function(ok, group, limit) {
    for (g in unique(group)) {
        at <- group == g
        enough <- colSums(ok[at, , drop = FALSE]) / sum(at) > limit
        ok[at, ] <- ok[at, , drop = FALSE] & rep(enough, each = sum(at))
    }
    ok
}
meters <- function(i, j) {                   # close enough to the geodesic here
    r <- 6378137; e2 <- 0.00669437999014; p <- (lat[i] + lat[j]) / 2 * pi / 180
    m <- r * (1 - e2) / (1 - e2 * sin(p)^2)^1.5; k <- r / sqrt(1 - e2 * sin(p)^2)
    sqrt((m * (lat[i] - lat[j]) * pi / 180)^2 +
         (k * cos(p) * (lon[i] - lon[j]) * pi / 180)^2)
}

levels <- function(student, episode, keep, high_check, gap, radius) {
    there <- !is.na(ta)
    used <- colSums(there) > 0
    m1 <- there
    for (i in seq_len(n))
        if (sum(used & lat == lat[i] & lon == lon[i]) > 1) m1[, i] <- FALSE
    lifted <- rep(0.0065 * (z - mean(z, na.rm = TRUE)), each = rows)
    v <- ta; v[!m1] <- NaN
    m2 <- m1
    for (t in seq_len(rows)) {
        x <- v[t, ] + lifted[seq(t, by = rows, length.out = n)]
        q <- qn(x)
        score <- if (is.na(q)) rep(NaN, n) else x / q - median(x, na.rm = TRUE) / q
        freedom <- sum(m1[t, ]) - 1
        low <- if (student) suppressWarnings(qt(0.01, freedom)) else qnorm(0.01)
        high <- if (student) suppressWarnings(qt(0.95, freedom)) else qnorm(0.95)
        unknown <- is.na(z) & m1[t, ]
        bad <- (score < low | score > high | is.nan(score)) & !unknown
        m2[t, ] <- m1[t, ] & !(bad %in% TRUE)
    }
    m3 <- share(m2, episode, 0.2)
    v <- ta; v[!m3] <- NA
    centre <- apply(v, 1, median, na.rm = TRUE)
    m4 <- m3
    for (g in unique(episode)) for (i in seq_len(n)) {
        at <- episode == g
        r <- suppressWarnings(cor(v[at, i], centre[at], use = "pairwise.complete.obs"))
        if (is.na(r) || r < 0.9) m4[at, i] <- FALSE
    }
    v <- ta; v[!m4] <- NaN
    v <- v + lifted
    m5 <- m4
    for (i in seq_len(n)) {
        near <- setdiff(which(meters(i, seq_len(n)) <= radius), i)
        if (high_check) near <- near[(abs(z[near] - z[i]) <= 100) %in% TRUE]
        if (length(near) < 5) { if (!keep) m5[, i] <- FALSE; next }
        for (t in which(m4[, i])) {
            x <- v[t, near]
            counted <- sum(m4[t, near])
            score <- abs((v[t, i] - median(x, na.rm = TRUE)) / qn(x))
            m5[t, i] <- sum(!is.na(x)) >= 5 && isTRUE(score < abs(qt(0.05, counted - 2)))
        }
    }
    o1 <- m5
    for (i in seq_len(n)) {
        x <- ta[, i]; x[!m5[, i]] <- NA
        if (sum(!is.na(x)) < 2) next
        runs <- rle(is.na(x))
        short <- rep(runs$values & runs$lengths <= gap, runs$lengths)
        x[short] <- approx(seq_len(rows), x, seq_len(rows)[short])$y
        differs <- (ta[, i] != x) %in% TRUE | (is.na(ta[, i]) & !is.na(x))
        o1[, i] <- differs | m5[, i]
    }
    o2 <- share(o1, as.Date(times, tz = "UTC"), 0.8)
    o3 <- share(o2, episode, 0.8)
    m1 + 2 * m2 + 4 * m3 + 8 * m4 + 16 * m5 + 32 * o1 + 64 * o2 + 128 * o3
}

month <- format(times, "%m")
day <- (seq_len(rows) - 1) %/% 48
cases <- list(
    levels(TRUE, month, FALSE, TRUE, 1, 3000),
    levels(FALSE, rep(1, rows), TRUE, TRUE, 2, 3000),
    levels(TRUE, day, FALSE, FALSE, 1, 700))
out <- file(commandArgs(TRUE)[1], "w")
text <- function(x) ifelse(is.na(x), "", format(x, trim = TRUE, drop0trailing = TRUE))
writeLines(paste(c("latitude", sprintf("%.4f", lat)), collapse = ","), out)
writeLines(paste(c("longitude", sprintf("%.4f", lon)), collapse = ","), out)
writeLines(paste(c("elevation", text(z)), collapse = ","), out)
for (t in seq_len(rows))
    writeLines(paste(c("value", sapply(ta[t, ], text)), collapse = ","), out)
for (k in seq_along(cases)) for (t in seq_len(rows))
    writeLines(paste0("case", k, ",", paste(sprintf("%02x", as.integer(cases[[k]][t, ])),
                                          collapse = "")), out)
close(out)
