// What a view over all time has come to: the minutes that its node has kept, and what comes while
// somebody looks. Moments are the node's. A minute without a point was as the one before it.

const MINUTE_MS = 60_000;
const KEPT_MS = 3 * 3600_000;
const FINE_MS = 5 * 60_000; // so long all that came is kept, then a point a minute
const THIN_EVERY = 200;

export class ViewHistory {
  // nameOf: of a group
  constructor(nameOf) {
    this.nameOf = nameOf;
    this.points = []; // [moment, Map of a group's name to its values], oldest first
    this.added = 0;
  }

  // What the node has kept: before all that has come since.
  begin(kept) {
    const first = this.points[0]?.[0] ?? Infinity;
    const before = kept.points.filter((one) => one.at_ms < first).map((one) => [one.at_ms, this.named(one.groups)]);
    this.points = [...before, ...this.points];
  }

  add(at, groups) {
    if (this.points.at(-1)?.[0] >= at) this.points.pop(); // a virtual clock stands still
    this.points.push([at, this.named(groups)]);
    this.added += 1;
    if (this.added % THIN_EVERY === 0) this.thin(at);
  }

  named(groups) {
    return new Map(groups.map((one) => [this.nameOf(one.group), one.values]));
  }

  thin(now) {
    const kept = new Map();
    for (const point of this.points) {
      const [at] = point;
      if (at > now - KEPT_MS) kept.set(at > now - FINE_MS ? at : Math.floor(at / MINUTE_MS), point);
    }
    this.points = [...kept.values()];
  }

  // { times, lines, window } of the named groups over `span` before `now`, or over as much of it as
  // anything is known of; values(group's values) -> number or null.
  drawn(names, values, span, now) {
    const first = this.points[0]?.[0] ?? now;
    const from = Math.max(now - span, Math.min(first, now - FINE_MS));
    const shown = [];
    let last = null;
    for (const [at, groups] of this.points) {
      if (at >= from) {
        // It stayed as it was until a minute before.
        const since = Math.max(from, at - MINUTE_MS);
        if (last && last[0] < from && since > from) shown.push([from, last[1]]);
        if (last && since > last[0]) shown.push([since, last[1]]);
        shown.push([at, groups]);
      }
      last = [at, groups];
    }
    if (last && (!shown.length || last[0] < now)) shown.push([now, last[1]]);
    const times = shown.map(([at]) => at);
    const lines = names.map((name) => shown.map(([, groups]) => (groups.has(name) ? values(groups.get(name)) : null)));
    return { times, lines, window: [from, now] };
  }
}
