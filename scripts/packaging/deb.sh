# Debian packages of the tarball's tree; sourced by scripts/package.

# deb FOLDER: loadctl and loadctl-agent, with the libraries inside, so that one pair serves Debian 12, 13 and Ubuntu from 22.04 on.
deb() {
  local into=${1:-build/package} version name work tree
  need dpkg-buildpackage dh
  mkdir -p "$into"
  into=$(cd "$into" && pwd)
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  tree=$(tree_into "$work")
  version=${LOADCTL_PACKAGE_VERSION:-$(version_of_tree)}
  name=$work/loadctl-$version
  mkdir "$name"
  mv "$tree" "$name/tree"
  cp -r scripts/packaging/debian "$name/debian"
  date -R -d "@$SOURCE_DATE_EPOCH" | xargs -0 printf 'loadctl (%s) unstable; urgency=medium\n\n  * This version.\n\n -- loadctl maintainers <maintainers@loadctl.invalid>  %s' \
    "$version" >"$name/debian/changelog"
  python3 scripts/packaging/manuals.py "$name/tree/bin/loadctl" "$name/tree/bin/loadctl-agent" "$name/manuals"
  lay_out_deb "$name"
  step "packing loadctl_$version"
  (cd "$name" && run_quietly dpkg-buildpackage -b -us -uc -d)
  rm -f "$into"/loadctl*_"$version"_*.deb
  mv "$work"/loadctl*_"$version"_*.deb "$into/"
  ls -l "$into"/loadctl*_"$version"_*.deb
}

run_quietly() {
  local log
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "failed: $*"; }
  rm -f "$log"
}

# Where each file of tree/, manuals/ and deploy/ goes, in stage/PACKAGE.
lay_out_deb() {
  local name=$1 main=$1/stage/loadctl agent=$1/stage/loadctl-agent library
  mkdir -p "$main"/usr/{bin,lib/loadctl/bin,lib/loadctl/lib} "$agent"/usr/{bin,lib/loadctl/bin,lib/loadctl/lib} \
    "$main"/etc/{loadctl,logrotate.d} "$agent"/etc/loadctl "$agent"/usr/lib/sysctl.d \
    "$main"/usr/share/doc/loadctl "$agent"/usr/share/doc/loadctl-agent/licences
  mv "$name"/tree/bin/loadctl-agent "$agent/usr/lib/loadctl/bin/"
  mv "$name"/tree/bin/* "$main/usr/lib/loadctl/bin/"
  ln -s ../lib/loadctl/bin/loadctl "$main/usr/bin/loadctl"
  ln -s ../lib/loadctl/bin/loadctl-agent "$agent/usr/bin/loadctl-agent"
  # What the agent loads is the agent's; the rest is loadctl's alone.
  cp -r "$name/tree/lib" "$agent/usr/lib/loadctl/"
  for library in $(ldd "$agent/usr/lib/loadctl/bin/loadctl-agent" | sed -n 's/^\t\([^ ]*\) => .*/\1/p'); do
    rm -f "$name/tree/lib/$library"
  done
  for library in "$name"/tree/lib/*; do
    mv "$library" "$main/usr/lib/loadctl/lib/"
    rm "$agent/usr/lib/loadctl/lib/${library##*/}"
  done
  mv "$name"/tree/share/doc/sbom.cdx.json "$agent/usr/share/doc/loadctl-agent/"
  mv "$name"/tree/share/doc/*.txt "$agent/usr/share/doc/loadctl-agent/licences/"
  mv "$name"/tree/examples "$main/usr/share/doc/loadctl/examples"
  install -m 644 deploy/systemd/controller.yaml "$main/etc/loadctl/"
  install -m 644 deploy/systemd/agent.yaml "$agent/etc/loadctl/"
  install -m 644 deploy/systemd/loadctl.logrotate "$main/etc/logrotate.d/loadctl"
  install -m 644 deploy/systemd/loadctl-agent.sysctl "$agent/usr/lib/sysctl.d/60-loadctl-agent.conf"
  cp deploy/systemd/loadctl-controller.service "$name/debian/loadctl.loadctl-controller.service"
  cp deploy/systemd/loadctl-agent@.service "$name/debian/loadctl-agent.loadctl-agent@.service"
  cp deploy/systemd/loadctl.sysusers "$name/debian/loadctl.sysusers"
  cp deploy/systemd/loadctl-agent.sysusers "$name/debian/loadctl-agent.sysusers"
  install -D -m 644 -t "$main/usr/share/bash-completion/completions" "$name/manuals/bash/loadctl"
  install -D -m 644 -t "$main/usr/share/zsh/vendor-completions" "$name/manuals/zsh/_loadctl"
  install -D -m 644 -t "$main/usr/share/fish/vendor_completions.d" "$name/manuals/fish/loadctl.fish"
  install -D -m 644 -t "$agent/usr/share/bash-completion/completions" "$name/manuals/bash/loadctl-agent"
  install -D -m 644 -t "$agent/usr/share/zsh/vendor-completions" "$name/manuals/zsh/_loadctl-agent"
  install -D -m 644 -t "$agent/usr/share/fish/vendor_completions.d" "$name/manuals/fish/loadctl-agent.fish"
  install -D -m 644 -t "$agent/usr/share/man/man1" "$name"/manuals/man1/loadctl-agent.1
  rm "$name"/manuals/man1/loadctl-agent.1
  install -D -m 644 -t "$main/usr/share/man/man1" "$name"/manuals/man1/*.1
}
