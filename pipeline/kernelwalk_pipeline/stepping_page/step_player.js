// SPDX-License-Identifier: GPL-3.0-or-later
// The step that is shown: by hand, or one after the other in the walk's own pace.

const HAND_MILLISECONDS = 220;

export class StepPlayer {
  /** onMoment(from, to, share) draws; onStep(step, isPlaying) tells; onPlaying(isPlaying). */
  constructor({ onMoment, onStep, onPlaying }) {
    Object.assign(this, { onMoment, onStep, onPlaying });
    this.isPlaying = false;
    this.step = 0;
    this.count = 1;
    this.motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  }

  load(count, [stepTime, holdTime], step = 0) {
    this.stop();
    cancelAnimationFrame(this.request);
    this.count = count;
    this.stepTime = stepTime;
    this.glideTime = Math.max(0, stepTime - holdTime);
    this.step = Math.min(count - 1, Math.max(0, step));
    this.onMoment(this.step, this.step, 1);
    this.onStep(this.step, false);
  }

  /** Go to a step by hand; a neighboring one is reached smoothly. */
  go(step) {
    const target = Math.min(this.count - 1, Math.max(0, step));
    if (this.isPlaying) this.stop();
    if (target === this.step) return;
    this.move(target, Math.abs(target - this.step) === 1 ? HAND_MILLISECONDS : 0);
  }

  move(target, duration, then = null) {
    cancelAnimationFrame(this.request);
    const from = this.step;
    this.step = target;
    this.onStep(target, this.isPlaying);
    if (!duration || this.motion.matches) {
      this.onMoment(target, target, 1);
      if (then) then();
      return;
    }
    const start = performance.now();
    const tick = (now) => {
      const share = Math.min(1, Math.max(0, (now - start) / duration));
      this.onMoment(share < 1 ? from : target, target, share);
      if (share < 1) this.request = requestAnimationFrame(tick);
      else if (then) then();
    };
    this.onMoment(from, target, 0);
    this.request = requestAnimationFrame(tick);
  }

  toggle() {
    if (this.isPlaying) {
      this.stop();
      this.onStep(this.step, false);
      return;
    }
    this.isPlaying = true;
    this.onPlaying(true);
    if (this.step === this.count - 1) this.move(0, 0, () => this.wait());
    else this.wait();
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        if (!this.isPlaying) return;
        if (this.step === this.count - 1) {
          this.stop();
          this.onStep(this.step, false);
        } else {
          this.move(this.step + 1, this.glideTime, () => this.wait());
        }
      },
      Math.max(60, this.stepTime - (this.motion.matches ? 0 : this.glideTime)),
    );
  }

  stop() {
    clearTimeout(this.timer);
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.onPlaying(false);
  }
}
