// The jobs that wait and run, for yardstick.cpp: what running.py, waiting.py and buckets.py do in the kernel.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "layout.h"

#if defined(_MSC_VER)
#define __restrict__ __restrict
#endif

using i64 = int64_t;
using Store = i64 *__restrict__;

constexpr i64 BUCKETS_IN_ALL = MOST_WALLS * MOST_WALLS;
constexpr i64 BRANCHES = 4;

struct Jobs {
    Queue &queue;
    Slot *__restrict__ slots;
    Store store;
    const Arrival *__restrict__ incoming;
    Finished *__restrict__ finished;

    // ------------------------------------------------------------------------------------------------- running jobs

    void push(i64 key) {
        i64 *heap = store + queue.heap_at;
        i64 place = queue.running++;
        while (place > 0) {
            i64 parent = (place - 1) / BRANCHES;
            if (heap[parent] <= key) break;
            heap[place] = heap[parent];
            place = parent;
        }
        heap[place] = key;
    }

    void pop() {
        i64 *heap = store + queue.heap_at;
        i64 size = --queue.running;
        i64 key = heap[size], place = 0, child = 1;
        for (; child + BRANCHES <= size; child = BRANCHES * place + 1) {
            i64 one = child + (heap[child + 1] < heap[child]);
            i64 other = child + 2 + (heap[child + 3] < heap[child + 2]);
            i64 least = heap[other] < heap[one] ? other : one;
            heap[place] = heap[least];
            place = least;
        }
        if (child < size) {
            i64 least = child;
            for (i64 other = child + 1; other < size; other++)
                if (heap[other] < heap[least]) least = other;
            heap[place] = heap[least];
            place = least;
        }
        while (place > 0) {
            i64 parent = (place - 1) / BRANCHES;
            if (heap[parent] <= key) break;
            heap[place] = heap[parent];
            place = parent;
        }
        heap[place] = key;
    }

    void begin(i64 slot, i64 pool, i64 now) {
        Slot &job = slots[slot];
        i64 speed = queue.speed[pool], length = job.remaining;
        if (speed != BASE_SPEED) length = (length * BASE_SPEED + speed - 1) / speed;
        length = std::min<i64>(length, job.request);
        if (job.first_start < 0) job.first_start = now;
        job.start = now;
        job.end = now + length;
        job.expected_end = now + job.request;
        job.pool = static_cast<int32_t>(pool);
        job.state = RUNNING;
        job.started_as = queue.starts++;
        queue.free[pool] -= job.held;
        queue.usable[pool] -= job.held;
        push((job.end << SLOT_BITS) | slot);
        i64 key = (job.expected_end << SLOT_BITS) | slot;
        i64 *list = store + queue.lists_at + pool * queue.list_length;
        i64 count = queue.listed[pool]++;
        i64 *place = std::lower_bound(list, list + count, key);
        std::memmove(place + 1, place, (list + count - place) * sizeof(i64));
        *place = key;
        queue.stale[pool] = 1;
    }

    void release(i64 slot) {
        Slot &job = slots[slot];
        i64 *list = store + queue.lists_at + job.pool * queue.list_length;
        i64 count = queue.listed[job.pool]--;
        i64 *place = std::lower_bound(list, list + count, (job.expected_end << SLOT_BITS) | slot);
        std::memmove(place, place + 1, (list + count - 1 - place) * sizeof(i64));
        queue.free[job.pool] += job.held;
        queue.reserved_for = NONE;
        queue.changed = 1;
        queue.stale[job.pool] = 1;
    }

    void find_first_fit(i64 head, i64 pool) {
        const Slot &job = slots[head];
        const i64 *held = store + queue.held_at;
        queue.stale[pool] = 0;
        queue.first_fit[pool] = NEVER;
        i64 available = queue.free[pool];
        if (available >= job.held || queue.capacity[pool] < job.held) return;
        const i64 *place = store + queue.lists_at + pool * queue.list_length, *stop = place + queue.listed[pool];
        for (; available < job.held; place++) available += held[*place & SLOT_MASK];
        i64 shadow = place[-1] >> SLOT_BITS;
        for (; place < stop && *place >> SLOT_BITS == shadow; place++) available += held[*place & SLOT_MASK];
        if (shadow + job.request > queue.retires[pool]) return;
        queue.first_fit[pool] = shadow;
        queue.left_over[pool] = available - job.held;
    }

    void reserve(i64 head) {
        if (queue.fits_for != head) {
            queue.fits_for = head;
            for (i64 pool = 0; pool < queue.pools; pool++) queue.stale[pool] = 1;
        }
        queue.reserved_for = head;
        queue.reserved_pool = NONE;
        queue.shadow = NEVER;
        queue.extra = 0;
        i64 allowed = slots[head].pools;
        for (i64 pool = queue.pools - 1; pool >= 0; pool--) {
            if (!((allowed >> pool) & 1)) continue;
            if (queue.stale[pool]) find_first_fit(head, pool);
            if (queue.first_fit[pool] < queue.shadow) {
                queue.shadow = queue.first_fit[pool];
                queue.reserved_pool = pool;
                queue.extra = queue.left_over[pool];
            }
        }
    }

    // ------------------------------------------------------------------------------------------------- waiting jobs

    void lengthen(i64 slot) {
        i64 rank = slots[slot].rank;
        if (queue.cut_count <= queue.depth) {
            queue.cut_count++;
            if (queue.cut == NONE || slots[queue.cut].rank < rank) queue.cut = slot;
        } else if (rank < slots[queue.cut].rank) {
            queue.cut = slots[queue.cut].previous;
        }
    }

    void shorten(i64 slot) {
        if (slots[slot].rank > slots[queue.cut].rank) return;
        i64 after = slots[queue.cut].next;
        if (after != NONE) {
            queue.cut = after;
        } else {
            queue.cut_count--;
            if (queue.cut == slot) queue.cut = slots[slot].previous;
        }
    }

    void link(i64 slot) {  // at the end: jobs that are requeued join by way of the other kernel
        i64 before = queue.last;
        slots[slot].previous = static_cast<int32_t>(before);
        slots[slot].next = NONE;
        (before == NONE ? queue.first : queue.last) = slot;
        if (before != NONE) slots[before].next = static_cast<int32_t>(slot);
        queue.last = slot;
        if (queue.depth < NEVER) lengthen(slot);
    }

    void unlink(i64 slot) {
        if (queue.depth < NEVER) shorten(slot);
        int32_t before = slots[slot].previous, after = slots[slot].next;
        if (before == NONE) queue.first = after;
        else slots[before].next = after;
        if (after == NONE) queue.last = before;
        else slots[after].previous = before;
    }

    void join(i64 slot) {
        Slot &job = slots[slot];
        job.state = WAITING;
        queue.backlog += job.held * job.request;
        link(slot);
        i64 *head = store + queue.bucket_at + job.bucket, *chain = head + BUCKETS_IN_ALL;
        i64 *tail = chain + BUCKETS_IN_ALL;
        job.after = NONE;
        if (*head == NEVER) {
            *head = job.rank;
            *chain = slot;
            queue.shape_bits[job.bucket / MOST_WALLS] |= i64(1) << (job.bucket % MOST_WALLS);
        } else {
            slots[*tail].after = static_cast<int32_t>(slot);
        }
        *tail = slot;
        queue.waiting++;
        queue.longest_queue = std::max<i64>(queue.longest_queue, queue.waiting);
    }

    void leave(i64 slot) {
        const Slot &job = slots[slot];
        queue.waiting--;
        queue.backlog -= job.held * job.request;
        unlink(slot);
        i64 *head = store + queue.bucket_at + job.bucket;
        if (job.after == NONE) {
            *head = NEVER;
            queue.shape_bits[job.bucket / MOST_WALLS] &= ~(i64(1) << (job.bucket % MOST_WALLS));
        } else {
            *head = slots[job.after].rank;
            head[BUCKETS_IN_ALL] = job.after;
        }
    }

    i64 short_enough(i64 seconds) const {
        i64 count = 0;
        for (i64 wall = 0; wall < queue.walls; wall++) count += queue.wall[wall] <= seconds;
        return count;
    }

    i64 longest_seconds(i64 shape, i64 now, bool beside_head) const {
        i64 gpus = queue.shape_gpus[shape], allowed = queue.shape_pools[shape], longest = NONE;
        for (i64 pool = 0; pool < queue.pools; pool++) {
            if (!((allowed >> pool) & 1) || queue.usable[pool] < gpus) continue;
            i64 limit = queue.retires[pool];
            if (beside_head && pool == queue.reserved_pool && gpus > queue.extra)
                limit = std::min<i64>(limit, queue.shadow);
            longest = std::max(longest, limit - now);
        }
        return longest;
    }

    i64 oldest(i64 now, i64 most_gpus, i64 last_rank) const {
        i64 best = NEVER, row = NONE;
        for (i64 shape = 0; shape < queue.shapes && queue.shape_gpus[shape] <= most_gpus; shape++) {
            if (queue.shape_bits[shape] == 0) continue;
            i64 first = queue.bucket_at + shape * MOST_WALLS, least = NEVER;
            i64 stop = first + short_enough(longest_seconds(shape, now, true));
            for (i64 bucket = first; bucket < stop; bucket++) least = std::min(least, store[bucket]);
            if (least < best) {
                best = least;
                row = first;
            }
        }
        if (row == NONE || best > last_rank) return NONE;
        while (store[row] != best) row++;
        return store[row + BUCKETS_IN_ALL];
    }

    bool any_may_start(i64 now, i64 most_gpus) const {
        for (i64 shape = 0; shape < queue.shapes && queue.shape_gpus[shape] <= most_gpus; shape++) {
            if (queue.shape_bits[shape] == 0) continue;
            i64 within = short_enough(longest_seconds(shape, now, false));
            if (within == MOST_WALLS || (queue.shape_bits[shape] & ((i64(1) << within) - 1))) return true;
        }
        return false;
    }
};
