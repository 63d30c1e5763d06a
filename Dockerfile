# bisectstat alone in a small image: docker build -t bisectstat . && docker run --rm -v "$PWD:/work:ro" bisectstat analyze LOG
#
# PROFILE=dev builds in a quarter of the time, for a try.
ARG RUST=1.95
FROM rust:${RUST}-slim-bookworm AS build
ARG PROFILE=release
# What `bisectstat --version` says: --build-arg BISECTSTAT_COMMIT=$(git rev-parse HEAD)
ARG BISECTSTAT_COMMIT
ARG SOURCE_DATE_EPOCH
WORKDIR /src
COPY . .
RUN cargo install --locked --path . --root /out --profile "$PROFILE" && strip /out/bin/bisectstat \
    && .ci/pages /out/bin/bisectstat /out

# Debian's slim image and not a bare one: a CI that takes this image runs its jobs in a shell.
FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="bisectstat" \
    org.opencontainers.image.description="How sure is this bisection? Bayesian statistics for bisections of flaky failures." \
    org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/bin/bisectstat /usr/local/bin/bisectstat
COPY --from=build /out/share /usr/local/share
COPY LICENSE-APACHE LICENSE-MIT /usr/local/share/doc/bisectstat/
# A number, so that who demands that nothing runs as root can see it.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["bisectstat"]
CMD ["--help"]
