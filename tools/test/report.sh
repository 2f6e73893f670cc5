# Steps by name, and at the end a table of what each took.

steps=() walls=() cpus=() left_out=()

# Seconds of processor time that the commands so far have used, those of their children too.
cpu_seconds() {
  # The second line of `times` is about children: user and system time as 1m2.345s. Not in a subshell,
  # which would begin at none.
  times >"$scratch/times"
  awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += 60 * t[1] + t[2] } print int(sum) }' \
    "$scratch/times"
}

scratch=$(mktemp -d)

step() {
  end_step
  steps+=("$*")
  step_wall=$SECONDS
  cpu_seconds >"$scratch/cpu"
  step_cpu=$(<"$scratch/cpu")
  printf '\n== %s\n' "$*"
}

end_step() {
  [ ${#steps[@]} -gt ${#walls[@]} ] || return 0
  walls+=($((SECONDS - step_wall)))
  cpu_seconds >"$scratch/cpu"
  cpus+=($(($(<"$scratch/cpu") - step_cpu)))
}

# What this machine cannot check, and why: named at the end.
leave_out() {
  printf 'left out: %s\n' "$*"
  left_out+=("$*")
}

report() {
  local status=$1 i
  end_step
  printf '\n%8s %8s  step\n' seconds 'CPU s'
  for i in "${!steps[@]}"; do
    printf '%8d %8d  %s\n' "${walls[i]}" "${cpus[i]}" "${steps[i]}"
  done
  printf '%8d           all\n' "$SECONDS"
  for i in "${left_out[@]}"; do
    printf 'left out: %s\n' "$i"
  done
  if [ "$status" = 0 ]; then
    echo "All tests passed"
  else
    echo "Failed: ${steps[-1]:-before the first step}"
  fi
  rm -rf "$scratch"
}
