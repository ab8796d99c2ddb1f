# Both bases are arguments, so that the image builds where only others are to be had. Renovate pins them to digests.
ARG BUILD_IMAGE=node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# On the machine's own architecture whatever the image is for: what it makes is the same for all.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
# The image has no node_modules any more, so a bill of materials has to be drawn up here.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
# The time of the commit: two builds of it are then the same to the byte.
ARG SOURCE_DATE_EPOCH=0
# Nobody may write, not even the owner, and every file bears the same time.
RUN npm run build \
 && mkdir /out \
 && mv dist /out/app \
 && chmod -R a=rX /out/app \
 && find /out -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# For development in a cluster (Tiltfile): the sources, which it may change, and a process that starts anew when they do.
FROM ${BUILD_IMAGE} AS dev
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY --chown=65532:65532 cmd cmd
COPY --chown=65532:65532 internal internal
COPY --chown=65532:65532 pkg pkg
COPY --chown=65532:65532 config config
USER 65532:65532
CMD ["node", "--watch", "--watch-preserve-output", "--watch-path=cmd", "--watch-path=internal", "--watch-path=pkg", "--watch-path=config", "cmd/server/main.ts"]

FROM ${RUNTIME_IMAGE}
COPY --from=build /out /
WORKDIR /app
USER 65532:65532
EXPOSE 8080 9091

# The heap's limits for a container of 256 MiB; of a larger one the old generation takes its share by itself.
# In a variable and not in CMD, so that whoever runs the image can set it, and that the health check has it too.
# One malloc arena: several fragment, which cost 20 MiB of the 256 under attack.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 \
    NODE_OPTIONS="--max-old-space-size-percentage=50 --max-semi-space-size=8"

HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/cmd/healthcheck/main.js"]
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["/app/cmd/server/main.js"]

# Last, because they change with every commit.
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
