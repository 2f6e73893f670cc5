/**
 * The same cases in every run, so that a run tells of the code and not of the day. To search
 * further: `FAST_CHECK_SEED=$RANDOM FAST_CHECK_RUNS=10000 npm test`.
 */

import fc from 'fast-check';

fc.configureGlobal({
  seed: Number(process.env.FAST_CHECK_SEED ?? 0),
  numRuns: Number(process.env.FAST_CHECK_RUNS ?? 100),
});
