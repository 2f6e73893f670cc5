/**
 * Who is to blame when the music comes late: the network, or this device, whose threads came late to
 * what the network had brought. A pure function of what it is told, all times in seconds of the
 * page's clock.
 */

/** A thread that was late, and a buffer that ran low, belong together when they are this near. */
const NEAR_S = 2;
/** How long a tear in the sound itself is spoken of. */
const TORN_S = 10;
/** The audio clock is compared with the page's once in so long. */
const COMPARED_S = 1;
/** Skew between the two clocks, and the size of a block, stay well below this; */
const LOST_S = 0.04;
/** and a device that lost more than this was not busy, but asleep. */
const SLEPT_S = 2;

export class Blame {
  /** @type {'network' | 'device'} whom the last late music came from */
  culprit = 'network';
  #suffered_s = -Infinity;
  #busy_s = -Infinity;
  #torn_s = -Infinity;
  #since_s = NaN;
  #offset_s = Infinity;
  #before_s = NaN;

  /** The buffer ran dry, or had to grow. @param {number} now_s */
  suffered(now_s) {
    this.#suffered_s = now_s;
    this.culprit = now_s - this.#busy_s < NEAR_S ? 'device' : 'network';
  }

  /** A thread of this device came late to its own timer. @param {number} now_s */
  busy(now_s) {
    this.#busy_s = now_s;
    if (now_s - this.#suffered_s < NEAR_S) this.culprit = 'device';
  }

  /**
   * Compares the clocks. An audio clock that falls behind has not been served in time: what reaches
   * the speakers has holes that no buffer before it can fill.
   * @param {number} now_s
   * @param {number} audio_s the audio context's time
   */
  compare(now_s, audio_s) {
    if (Number.isNaN(this.#since_s)) this.#since_s = now_s;
    this.#offset_s = Math.min(this.#offset_s, now_s - audio_s);
    if (now_s - this.#since_s < COMPARED_S) return;
    const lost_s = this.#offset_s - this.#before_s;
    if (lost_s > LOST_S && lost_s < SLEPT_S) {
      this.#torn_s = now_s;
      this.busy(now_s);
    }
    this.#before_s = this.#offset_s;
    this.#since_s = now_s;
    this.#offset_s = Infinity;
  }

  /** The audio clock stood still on purpose. */
  restart() {
    this.#since_s = NaN;
    this.#offset_s = Infinity;
    this.#before_s = NaN;
  }

  /** Whether the device has lost sound of late. @param {number} now_s */
  torn(now_s) {
    return now_s - this.#torn_s < TORN_S;
  }
}
