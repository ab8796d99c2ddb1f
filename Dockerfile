# Both base images are arguments, so that the image can be built from substitutes. Renovate pins them to digests.
ARG BUILD_IMAGE=node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# Runs on the architecture of the build machine: its output is the same for every target.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
# The final image has no node_modules, so BuildKit has to create the bill of materials from this stage.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
# Set it to the time of the commit to make builds of that commit identical to the byte.
ARG SOURCE_DATE_EPOCH=0
# Files are read-only even for their owner, and all have the same time stamp.
RUN npm run build \
 && mkdir /out \
 && mv dist /out/app \
 && chmod -R a=rX /out/app \
 && find /out -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# For development in a cluster (Tiltfile): writable sources, and a process that restarts when they change.
FROM ${BUILD_IMAGE} AS dev
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY --chown=65532:65532 cmd cmd
COPY --chown=65532:65532 internal internal
COPY --chown=65532:65532 pkg pkg
COPY --chown=65532:65532 config config
COPY --chown=65532:65532 migrations migrations
COPY scripts/dev scripts/dev
USER 65532:65532
CMD ["node", "scripts/dev/main.ts"]

FROM ${RUNTIME_IMAGE}
COPY --from=build /out /
WORKDIR /app
USER 65532:65532
EXPOSE 8080 9091

# Heap limits for a container of 256 MiB; in a larger one the old generation grows in proportion.
# A variable instead of arguments in ENTRYPOINT, so that users of the image can override it and the health check has it too.
# One malloc arena, because several fragment: under attack that took 20 MiB of the 256.
# Node.js uses the code cache only if the build stage had the same version and architecture.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 \
    NODE_COMPILE_CACHE=/app/code-cache NODE_COMPILE_CACHE_PORTABLE=1 \
    NODE_OPTIONS="--max-old-space-size-percentage=50 --max-semi-space-size=4"

HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/cmd/healthcheck/main.js"]
# Arguments of `docker run` are options of the service: `docker run IMAGE --print-config`.
# The young generation starts at 4 MiB, because growing from 1 MiB costs five collections. NODE_OPTIONS does not allow this flag.
ENTRYPOINT ["/nodejs/bin/node", "--min-semi-space-size=4", "/app/cmd/server/main.js"]

# Last, because they change with every commit and would invalidate the cache of the layers above.
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ENV SKIFF_SERVICE_REVISION=$REVISION
LABEL org.opencontainers.image.title="skiff" \
      org.opencontainers.image.description="A cloud-native HTTP service in TypeScript" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
