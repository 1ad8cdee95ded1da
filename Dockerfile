# Two images of one program: `--target operator`, and `--target agent` for agents and receivers, which run rsync.
# It copies what `npm ci` made (dist/ and koffi's prebuilt library), so that a build needs no registry of packages:
#   npm ci && docker build --target agent --tag syncreplica-agent .
# For another processor: npm ci --cpu=arm64 --os=linux --libc=glibc, then docker build --platform linux/arm64.

FROM docker.io/library/node:26-bookworm-slim AS slim
# Node alone is needed: no package managers, no headers, nothing that is set-user-id.
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share/doc /usr/local/share/man /opt/* /root/.npm /tmp/* \
    && rm -f /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
             /usr/local/bin/docker-entrypoint.sh \
    && rm -rf /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /var/cache/debconf /var/log/* \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && groupadd --gid 65532 syncreplica \
    && useradd --uid 65532 --gid 65532 --no-create-home --home-dir / --shell /usr/sbin/nologin syncreplica \
    && node --version

FROM scratch AS runtime
COPY --from=slim / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production
WORKDIR /app

FROM runtime AS rsync
# 3.5.0 mends 33 known vulnerabilities of the daemon: an older one is no replica to trust. Of OpenSSH only its client, for targets that
# let in nothing else, and libnss-wrapper, without which it does nothing for a user that has no account here.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends rsync openssh-client libnss-wrapper \
    && rm -f /usr/bin/scp /usr/bin/sftp /usr/bin/ssh-add /usr/bin/ssh-agent /usr/bin/ssh-argv0 /usr/bin/ssh-copy-id \
             /usr/bin/ssh-keygen /usr/bin/ssh-keyscan /usr/lib/openssh/* \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && ssh -V \
    && rsync --version | head -n 1 \
    && dpkg --compare-versions "$(dpkg-query --show --showformat='${Version}' rsync)" ge 3.5.0

FROM rsync AS agent
LABEL org.opencontainers.image.title="SyncReplica agent and receiver" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY node_modules node_modules
COPY package.json ./
COPY dist dist
USER 65532:65532
ENTRYPOINT ["node", "/app/dist/syncreplica.js"]
CMD ["--help"]

FROM runtime AS operator
LABEL org.opencontainers.image.title="SyncReplica operator" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY package.json ./
COPY dist dist
USER 65532:65532
# What was read in a list goes back to the system when it is freed, and not into the allocator's reserves.
ENV MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
# A small young generation: what a look leaves behind is collected soon, and 35 MiB stay free.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--max-old-space-size-percentage=55", "/app/dist/syncreplica.js"]
CMD ["operator"]
