# The programs that the tests need. Installed where that can be done, named where it cannot.

missing() {
  printf 'test: %s\n' "$*" >&2
  exit 1
}

# Installs Debian packages, or says that they are needed and why.
need_packages() {
  local why=$1
  shift
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    printf 'Installing %s: %s\n' "$*" "$why"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    missing "$why is needed: install $* (on Debian, as root: apt-get install $*), then run ./test again"
  fi
}

needs() {
  step "What the tests need"
  command -v cargo >/dev/null ||
    missing "Rust is needed: install it from https://rustup.rs, then run ./test again"
  command -v cc >/dev/null || need_packages "a linker" gcc libc6-dev
  command -v c++ >/dev/null || need_packages "a C++ compiler, for the fuzzer only," g++
  command -v node >/dev/null || need_packages "Node.js, for the web tests only," nodejs npm
  command -v npm >/dev/null || need_packages "npm, for the web tests only," npm
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    missing "Node.js 20 or newer is needed for the web tests; this is $(node --version)"
  command -v valgrind >/dev/null || need_packages "valgrind, to count instructions," valgrind
  export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
  [ -x "$CHROMIUM" ] || need_packages "Chromium, for the browser tests," chromium
  [ -x "$CHROMIUM" ] || missing "no Chromium at $CHROMIUM: set CHROMIUM to its path"
  target_dir=$(cargo metadata --format-version 1 --no-deps --locked |
    node -e 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>console.log(JSON.parse(s).target_directory))')
}
