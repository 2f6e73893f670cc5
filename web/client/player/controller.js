/**
 * Steers the jitter buffer: how much delay to aim for, and how fast to play to get there. A pure
 * function on virtual time.
 *
 * The delay is measured from the fastest recent arrival: a chunk may come that much later than the
 * fastest one and still be heard in time. The playout rate follows the error with a time constant
 * of 100 s, which leaves 3 ms of error for each 30 ppm between the clocks, and moves so slowly that
 * no ear follows it: 0.1 % is 1.7 cents.
 */

/**
 * @typedef {object} Steering
 * @property {number} target_ms the delay aimed for
 * @property {number} boost_ms what underruns have added to it
 * @property {boolean} settled whether the first delay has been taken for the target
 * @property {number} rate stream seconds played in a second, about 1
 */

export const TARGET_FIRST_MS = 400;
/** A first delay up to this is taken as it is: a beginning without a change of pitch. */
export const TARGET_FIRST_MAX_MS = 500;
/** However quiet: one lost segment costs TCP 300 ms, and the fade and the device's block 60 more. */
export const TARGET_MIN_MS = 360;
export const TARGET_MAX_MS = 2000;
export const RATE_NORMAL = 0.001;
export const RATE_EVER = 0.005;
export const RATE_SLEW_PER_S = 0.0002;
const UNDERRUN_MS = 100;
/** What the delay keeps above the 95th percentile: one chunk, and the fade before a hole. */
const MARGIN_MS = 150;
/** And above the worst that it survived of late. */
const PEAK_MARGIN_MS = 75;
/** A target above its demand comes down at half the speed at which the rate could follow. */
const TARGET_FALL_MS_PER_S = 0.5;
/** A boost is forgotten in about as many minutes as it has hundreds of milliseconds. */
const BOOST_FALL_MS_PER_S = 1.5;
const TIME_CONSTANT_MS = 100_000;
/** Beyond this error the rate may leave its normal range, in proportion. */
const ERROR_NORMAL_MS = 300;

/** @returns {Steering} */
export const steering = () => ({ target_ms: TARGET_FIRST_MS, boost_ms: 0, settled: false, rate: 1 });

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * @param {Steering} was
 * @param {object} seen
 * @param {number} seen.delay_ms what is between the live edge and the playhead; NaN if nothing plays
 * @param {number} seen.late_ms 95th percentile of arrival delay
 * @param {number} seen.peak_ms the longest arrival delay of late that was survived
 * @param {boolean} seen.live whether the delay is measured from live chunks
 * @param {number} seen.underruns since the last call
 * @param {number} seen.elapsed_s
 * @returns {Steering}
 */
export function steer(was, { delay_ms, late_ms, peak_ms, live, underruns, elapsed_s }) {
  const fallen = Math.max(0, was.boost_ms - BOOST_FALL_MS_PER_S * elapsed_s);
  const boost_ms = Math.min(TARGET_MAX_MS, fallen + underruns * UNDERRUN_MS);
  const needed_ms = Math.max(late_ms + MARGIN_MS, peak_ms + PEAK_MARGIN_MS);
  const demand = clamp(needed_ms, TARGET_MIN_MS, TARGET_MAX_MS) + boost_ms;
  const settling = !was.settled && live && !Number.isNaN(delay_ms);
  const before = settling ? clamp(delay_ms, TARGET_MIN_MS, TARGET_FIRST_MAX_MS) : was.target_ms;
  const lowest = before + underruns * UNDERRUN_MS - TARGET_FALL_MS_PER_S * elapsed_s;
  const target_ms = Math.min(TARGET_MAX_MS, Math.max(demand, lowest));
  const settled = was.settled || settling;
  if (!settled || Number.isNaN(delay_ms)) return { target_ms, boost_ms, settled, rate: was.rate };

  const error = delay_ms - target_ms;
  const excess = Math.max(0, Math.abs(error) / ERROR_NORMAL_MS - 1);
  const limit = clamp(RATE_NORMAL * (1 + excess), RATE_NORMAL, RATE_EVER);
  const wanted = 1 + clamp((error / TIME_CONSTANT_MS) * (1 + excess), -limit, limit);
  const most = RATE_SLEW_PER_S * elapsed_s;
  return { target_ms, boost_ms, settled, rate: was.rate + clamp(wanted - was.rate, -most, most) };
}
