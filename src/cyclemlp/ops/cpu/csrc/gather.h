// Rows of a product's left operand: channels of a position and of its neighbours.
#pragma once
#include "numbers.h"

// Channels first, first + step, ... of the position `down` rows below and `right` columns beside.
struct group {
  int64_t first, step, down, right;
};

struct image {
  const elem *x;  // (height, width, channels)
  long height, width, channels;
};

struct position {
  long i, j;
};

INLINE struct position position_of(struct image im, long m) {
  return (struct position){m / im.width, m % im.width};
}

INLINE struct position next_of(struct image im, struct position p) {
  return p.j + 1 < im.width ? (struct position){p.i, p.j + 1} : (struct position){p.i + 1, 0};
}

// The channels a group reads at a position, or null outside the image.
INLINE const elem *source(struct image im, struct position p, struct group g) {
  long i = p.i + g.down, j = p.j + g.right;
  int inside = i >= 0 && i < im.height && j >= 0 && j < im.width;
  return inside ? im.x + (i * im.width + j) * im.channels : 0;
}

INLINE long group_size(struct group g, long channels) {
  return channels > g.first ? (channels - g.first + g.step - 1) / g.step : 0;
}

// Selects the channels at phase, phase + 3, ... of 3 * LANES channels.
#define PLACE(phase, lane) ((phase) + 3 * (lane))
#define OF_FIRST_TWO(phase, lane) (PLACE(phase, lane) % (2 * LANES))
#define OR_OF_THIRD(phase, lane) \
  (PLACE(phase, lane) < 2 * LANES ? (lane) : PLACE(phase, lane) - LANES)
#define TAKE(phase)                                                                         \
  __builtin_shuffle(__builtin_shuffle(a, b, (lane_index)EACH_LANE(OF_FIRST_TWO, phase)), c, \
                    (lane_index)EACH_LANE(OR_OF_THIRD, phase))
INLINE elems every_third(const elem *p, int phase) {
  elems a = *(const loose_elems *)p;
  elems b = *(const loose_elems *)(p + LANES);
  elems c = *(const loose_elems *)(p + 2 * LANES);
  return phase == 0 ? TAKE(0) : phase == 1 ? TAKE(1) : TAKE(2);
}

// out = x[first], x[first + step], ...; reads within `channels` and writes group_size elements.
INLINE void every(elem *out, const elem *x, long channels, struct group g) {
  long count = group_size(g, channels), j = 0;
  if (g.step == 3 && channels >= 3 * LANES) {
    for (; j + LANES < count; j += LANES)
      *(loose_elems *)(out + j) = every_third(x + 3 * j, (int)g.first);
    // the last load ends with the channels, so that nothing beyond them is read
    long last = channels - 3 * LANES;
    int phase = (int)((g.first + 2 * last) % 3);  // -last is 2 * last, modulo 3
    *(loose_elems *)(out + count - LANES) = every_third(x + last, phase);
  } else {
    for (; j < count; j++) out[j] = x[g.first + j * g.step];
  }
}

// Rows `from`, ... of the operand of x, the shifted groups, and a one: (rows, depth).
INLINE void gather_groups(elem *out, long stride, struct image im, const struct group *groups,
                          long group_count, long from, long rows, long depth) {
  struct position p = position_of(im, from);
  const struct group itself = {0, 1, 0, 0};
  for (long m = 0; m < rows; m++, p = next_of(im, p)) {
    elem *at = out + m * stride, *end = at + depth;
    memcpy(at, source(im, p, itself), im.channels * sizeof(elem));
    at += im.channels;
    for (long n = 0; n < group_count; n++) {
      const elem *x = source(im, p, groups[n]);
      long count = group_size(groups[n], im.channels);
      if (x) every(at, x, im.channels, groups[n]);
      else memset(at, 0, count * sizeof(elem));
      at += count;
    }
    *at++ = ONE;
    memset(at, 0, (end - at) * sizeof(elem));
  }
}

enum { MOST_GROUPS = 16 };  // in a cycle

// A cycle of groups: group r has the channels r, r + period, ...
struct cycle {
  const struct group *groups;
  long period;
  const unit *masks;  // (period, mask_stride): all bits are set where a channel is in the group
  long mask_stride;   // in units
};

INLINE const elem *bits_of(struct cycle cycle, long r) {
  return (const elem *)(cycle.masks + r * cycle.mask_stride);
}

INLINE long mask_units(long channels) { return ROUND_UP(channels, LANES * PER_UNIT) / PER_UNIT; }

INLINE void make_masks(unit *masks, long period, long channels) {
  elem *bits = (elem *)masks;
  long stride = mask_units(channels) * PER_UNIT;
  for (long r = 0; r < period; r++)
    for (long c = 0; c < stride; c++)
      memset(bits + r * stride + c, c % period == r ? 0xff : 0, sizeof(elem));
}

// Combines `count` sources: each channel is from the source whose mask has its bits.
INLINE void blend(elem *out, const elem **from, const unit **masks, long count, long channels) {
  const long step = LANES * PER_UNIT;
  long c = 0;
  for (; c + step <= channels; c += step) {
    units mixed = {0};
    for (long r = 0; r < count; r++)
      mixed |= *(const units *)(masks[r] + c / PER_UNIT) & *(const loose_units *)(from[r] + c);
    *(loose_units *)(out + c) = mixed;
  }
  if (c == channels) return;
  units mixed = {0}, value = {0};
  for (long r = 0; r < count; r++) {
    memcpy(&value, from[r] + c, (channels - c) * sizeof(elem));
    mixed |= *(const units *)(masks[r] + c / PER_UNIT) & value;
  }
  memcpy(out + c, &mixed, (channels - c) * sizeof(elem));
}

// Distance from the edges of the image from which all groups of a cycle read inside it.
struct margins {
  long top, bottom, left, right;
};

INLINE struct margins margins_of(struct cycle cycle) {
  struct margins most = {0, 0, 0, 0};
  for (long r = 0; r < cycle.period; r++) {
    struct group g = cycle.groups[r];
    most.top = -g.down > most.top ? -g.down : most.top;
    most.bottom = g.down > most.bottom ? g.down : most.bottom;
    most.left = -g.right > most.left ? -g.right : most.left;
    most.right = g.right > most.right ? g.right : most.right;
  }
  return most;
}

// Shifted rows `from`, ...: (rows, depth), zero beyond the last channel.
INLINE void gather_cycle(elem *out, long stride, struct image im, struct cycle cycle, long from,
                         long rows, long depth) {
  struct position p = position_of(im, from);
  struct margins margin = margins_of(cycle);
  const elem *sources[MOST_GROUPS];
  const unit *masks[MOST_GROUPS];
  long away[MOST_GROUPS];
  for (long r = 0; r < cycle.period; r++) {
    masks[r] = cycle.masks + r * cycle.mask_stride;
    away[r] = (cycle.groups[r].down * im.width + cycle.groups[r].right) * im.channels;
  }
  for (long m = 0; m < rows; m++, p = next_of(im, p)) {
    elem *row = out + m * stride;
    const elem *here = im.x + (from + m) * im.channels;
    if (p.i >= margin.top && p.i + margin.bottom < im.height && p.j >= margin.left &&
        p.j + margin.right < im.width) {
      for (long r = 0; r < cycle.period; r++) sources[r] = here + away[r];
      if (cycle.period == 3) blend(row, sources, masks, 3, im.channels);
      else blend(row, sources, masks, cycle.period, im.channels);
    } else {
      const unit *some[MOST_GROUPS];
      long inside = 0;
      for (long r = 0; r < cycle.period; r++) {
        some[inside] = masks[r];
        sources[inside] = source(im, p, cycle.groups[r]);
        inside += sources[inside] != 0;
      }
      blend(row, sources, some, inside, im.channels);
    }
    if (depth > im.channels) memset(row + im.channels, 0, (depth - im.channels) * sizeof(elem));
  }
}
