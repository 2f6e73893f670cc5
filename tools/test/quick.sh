# What every change must pass.

quick() {
  step "Format"
  cargo fmt --all --check

  step "Clippy"
  cargo clippy --workspace --all-targets --locked -- -D warnings

  step "Documentation"
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

  step "Rust tests: build"
  cargo test --workspace --locked --no-run

  step "Rust tests"
  cargo test --workspace --locked

  step "Proofs: every order in which threads can meet, by loom"
  tools/loom

  step "The command that the README begins with finds its program"
  cargo run --locked --quiet -- --version

  step "Packages, as a registry would get them"
  tools/test/package

  step "Fuzzing: some thousand inputs each"
  tools/fuzz -runs=5000 -seed=1

  step "RealtimeSanitizer, where the toolchain has it: ten minutes of music"
  tools/realtime 600

  step "Instructions a frame (a report: nothing fails by it)"
  tools/instructions

  step "Web: packages"
  (cd web && npm ci --no-audit --no-fund)

  step "Web: format"
  (cd web && npm run --silent format:check)

  step "Web: types"
  (cd web && npm run --silent check)

  step "Web: unit tests"
  (cd web && npm run --silent test)

  step "Web: the page in Chromium"
  (cd web && AEOLIAN_BIN="$target_dir/debug/aeolian" npm run --silent test:browser)
}
