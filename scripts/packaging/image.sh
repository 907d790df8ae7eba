# Images of the tarball's tree; sourced by scripts/package.

# image [FOLDER]: localhost/loadctl:VERSION and localhost/loadctl-agent:VERSION.
image() {
  local into=${1:-} version work tree name
  need podman
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  tree=$(tree_into "$work")
  version=$(version_of_tree)
  for name in loadctl loadctl-agent; do
    step "building the image $name"
    image_root "$tree" "$work/$name/root" "$name"
    podman build --isolation chroot --format docker --timestamp "$SOURCE_DATE_EPOCH" -q \
      -f "deploy/container/Containerfile.$name" --build-arg "VERSION=$version" -t "localhost/$name:$version" "$work/$name" >&2
    [ -z "$into" ] && continue
    mkdir -p "$into"
    rm -f "$into/$name-$version.oci.tar"
    podman save -q --format oci-archive -o "$into/$name-$version.oci.tar" "localhost/$name:$version"
    printf '%s: %s bytes\n' "$into/$name-$version.oci.tar" "$(stat -c %s "$into/$name-$version.oci.tar")"
  done
}

# image_root TREE ROOT NAME: everything that is in the image.
image_root() {
  local tree=$1 root=$2 name=$3 program library
  local of_system=/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH) loader
  mkdir -p "$root"/{etc,tmp,usr/bin,usr/lib/loadctl/bin,usr/lib/loadctl/lib,usr/share/doc/libc6,lib64} "$root$of_system"
  chmod 1777 "$root/tmp"
  for program in "$tree"/bin/*; do
    program=${program##*/}
    [ "$name" = loadctl ] || [ "$program" = loadctl-agent ] || continue
    cp -p "$tree/bin/$program" "$root/usr/lib/loadctl/bin/"
    [ "$program" = loadctl-esbuild ] || ln -s "../lib/loadctl/bin/$program" "$root/usr/bin/$program"
    [ "$program" = loadctl-esbuild ] && continue
    for library in $(ldd "$tree/bin/$program" | sed -n 's/^\t\([^ ]*\) => .*/\1/p'); do
      [ ! -e "$tree/lib/$library" ] || cp -p "$tree/lib/$library" "$root/usr/lib/loadctl/lib/"
    done
  done
  cp -r "$tree/share" "$root/usr/lib/loadctl/"
  # glibc, of the system that this is built on.
  for library in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libresolv.so.2; do
    cp -Lp "$of_system/$library" "$root$of_system/"
  done
  loader=$(patchelf --print-interpreter "$tree/bin/loadctl")
  mkdir -p "$root$(dirname "$loader")"
  cp -Lp "$loader" "$root$loader"
  cp /usr/share/doc/libc6/copyright "$root/usr/share/doc/libc6/"
  echo 'nobody:x:65532:65532::/tmp:/' >"$root/etc/passwd"
  echo 'nobody:x:65532:' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
