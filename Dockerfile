# One image for every service; the command says which. Production dependencies only, a user without rights, and nothing written
# outside /data and /tmp. The target `gpu` adds native TensorFlow to a base image that has Node.js, CUDA and cuDNN.
ARG BASE=node:22-bookworm-slim

FROM ${BASE} AS dependencies
WORKDIR /maggy
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

# The dashboard is built with packages that production does without.
FROM ${BASE} AS dashboard
WORKDIR /maggy
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts && npm cache clean --force
COPY . .
RUN npx vite build dashboard

FROM ${BASE} AS runtime
ENV NODE_ENV=production MAGGY_STORE=/data/store
WORKDIR /maggy
COPY --from=dependencies /maggy/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY core ./core
COPY modules ./modules
COPY training ./training
COPY metrics ./metrics
COPY telemetry ./telemetry
COPY optimizer ./optimizer
COPY queue ./queue
COPY worker ./worker
COPY analysis ./analysis
COPY exports ./exports
COPY api ./api
COPY --from=dashboard /maggy/dashboard/dist ./dashboard/dist
COPY client ./client
COPY lagom ./lagom
COPY cli ./cli
COPY examples ./examples
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
ENTRYPOINT ["node", "cli/maggy.mjs"]
CMD ["--help"]

FROM runtime AS gpu
USER root
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && rm -rf /var/lib/apt/lists/* \
 && node cli/maggy.mjs native --wheel --gpu
USER 1000:1000
