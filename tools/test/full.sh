# What a release must pass besides.

# Whether Rust's toolchain has a target's standard library.
has_target() {
  [ -d "$(rustc --print target-libdir --target "$1")" ]
}

# A Python environment with these packages, kept in the target folder; prints its interpreter.
python_with() {
  local venv="$target_dir/python"
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv" >&2 || return 1
  "$venv/bin/python" -m pip install --quiet "$@" >&2 || return 1
  echo "$venv/bin/python"
}

# Runs a tool that exits with 3, and says what is missing, where the toolchain lacks it.
run_if_there() {
  local status=0 said
  said=$("$1" 2>&1 | tee /dev/stderr) || status=$?
  case $status in
    0) ;;
    3) leave_out "${said##*$'\n'}" ;;
    *) return "$status" ;;
  esac
}

full() {
  step "Licences, bans and sources"
  PATH="$PATH:$target_dir/tools/bin"
  command -v cargo-deny >/dev/null ||
    cargo install cargo-deny --locked --quiet --root "$target_dir/tools"
  cargo deny --locked --workspace check licenses bans sources

  step "Advisories, where their database can be had"
  if cargo deny --locked --workspace fetch db 2>&1; then
    cargo deny --locked --workspace check advisories
  else
    leave_out "advisories: their database cannot be fetched"
  fi

  step "Packages, each built from what is in it"
  tools/test/package --build

  step "The oldest Rust that is promised"
  local oldest
  oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  if rustup toolchain list 2>/dev/null | grep -q "^$oldest"; then
    cargo "+$oldest" check --workspace --all-targets --locked --target-dir "$target_dir/oldest"
  else
    leave_out "Rust $oldest: rustup toolchain install $oldest"
  fi

  step "AArch64, under QEMU"
  if has_target aarch64-unknown-linux-gnu; then
    command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null ||
      need_packages "a linker and QEMU, for AArch64 only," gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
    tools/aarch64
  else
    leave_out "AArch64: rustup target add aarch64-unknown-linux-gnu"
  fi

  step "WebAssembly: what is pure builds"
  if has_target wasm32-unknown-unknown; then
    cargo check --locked --target wasm32-unknown-unknown -p aeolian-score -p aeolian-synth
  else
    leave_out "WebAssembly: rustup target add wasm32-unknown-unknown"
  fi

  properties 5120

  step "Proofs: memory and data races, by Miri"
  run_if_there tools/miri

  step "Proofs: data races at full speed, by ThreadSanitizer"
  run_if_there tools/tsan

  step "Fuzzing: a minute each"
  tools/fuzz -max_total_time=60

  step "RealtimeSanitizer, where the toolchain has it: an hour of music"
  tools/realtime 3600

  step "The release build"
  cargo build --workspace --locked --release

  step "Outside clients: OpenAPI, WebSocket, keys"
  local python
  python=$(python_with schemathesis kosoku music21 mido)
  for check in api websocket keys; do
    PATH="$(dirname "$python"):$PATH" "$python" "tools/check_$check.py" "$target_dir/release/aeolian"
  done
}
