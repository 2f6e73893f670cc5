# Only what is long. Each step says how far it went, and fails with what to run again.

# Checks every property with so many cases, and others every day; the step's name says how to run them again.
properties() {
  local seed
  seed=$(date +%Y%m%d)
  step "Every property: PROPTEST_RNG_SEED=$seed PROPTEST_CASES=$1 cargo test"
  PROPTEST_RNG_SEED=$seed PROPTEST_CASES=$1 cargo test --workspace --locked
}

soak() {
  step "Tests that are too long for a day's work"
  cargo test --workspace --locked -- --ignored

  step "RealtimeSanitizer, where the toolchain has it: a day of music"
  tools/realtime 86400

  properties 250000

  step "Fuzzing: half an hour each"
  tools/fuzz -max_total_time=1800
}
