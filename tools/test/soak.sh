# Only what is long. Each step says how far it went, and fails with what to run again.

soak() {
  step "Tests that are too long for a day's work"
  cargo test --workspace --locked -- --ignored

  step "RealtimeSanitizer, where the toolchain has it: a day of music"
  tools/realtime 86400

  step "Every property, some thousand times as often, with a seed of the day"
  local seed
  seed=$(date +%Y%m%d)
  echo "PROPTEST_RNG_SEED=$seed"
  PROPTEST_RNG_SEED=$seed PROPTEST_CASES=250000 cargo test --workspace --locked

  step "Fuzzing: half an hour each"
  tools/fuzz -max_total_time=1800
}
