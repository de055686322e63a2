// The compiled queue in C++: the same algorithm on the same memory, as a yardstick for what the compiler makes of ours.
//
// First come first served, and EASY from buckets, over several pools, with passes per instant. `layout.h` is written
// from sim.queue.kernel.layout, so that both read and write the very same records. The parts bear the names that they
// have in sim/queue/kernel, where it is said what they are for.

#include "yardstick_jobs.h"

namespace {

struct Kernel : Jobs {
    // ------------------------------------------------------------------------------------------------------ one pass

    bool room(i64 slot, i64 pool, i64 now) const {
        const Slot &job = slots[slot];
        return ((job.pools >> pool) & 1) && queue.usable[pool] >= job.held && now + job.request <= queue.retires[pool];
    }

    i64 first_pool(i64 slot, i64 now) const {
        for (i64 pool = queue.pools - 1; pool >= 0; pool--)
            if (room(slot, pool, now)) return pool;
        return NONE;
    }

    i64 spare_pool(i64 slot, i64 now) {
        for (i64 pool = queue.pools - 1; pool >= 0; pool--) {
            if (!room(slot, pool, now)) continue;
            if (pool == queue.reserved_pool && now + slots[slot].request > queue.shadow) {
                if (slots[slot].held > queue.extra) continue;
                queue.extra -= slots[slot].held;
            }
            return pool;
        }
        return NONE;
    }

    i64 most_usable() const {
        i64 most = 0;
        for (i64 pool = 0; pool < queue.pools; pool++) most = std::max<i64>(most, queue.usable[pool]);
        return most;
    }

    i64 last_rank() const { return queue.depth < NEVER ? slots[queue.cut].rank : NEVER - 1; }

    bool only_one_joined() const {
        if (queue.changed) return false;
        i64 before = slots[queue.last].previous;
        return before != NONE && slots[before].rank < queue.seen;
    }

    void pass_for_newest(i64 now) {
        i64 slot = queue.last;
        if (queue.backfilling != EASY || queue.depth == 0 || slots[slot].rank > last_rank()) return;
        if (first_pool(slot, now) == NONE) return;
        if (queue.reserved_for != queue.first) reserve(queue.first);
        i64 pool = spare_pool(slot, now);
        if (pool == NONE) return;
        leave(slot);
        begin(slot, pool, now);
    }

    void run_pass(i64 now) {
        if (queue.waiting == 0) return;
        for (i64 pool = 0; pool < queue.pools; pool++) queue.usable[pool] = queue.free[pool];
        bool only_one = only_one_joined();
        queue.seen = queue.ranks;
        if (only_one) return pass_for_newest(now);
        queue.changed = queue.depth < NEVER;
        while (queue.first != NONE) {
            i64 head = queue.first, pool = first_pool(head, now);
            if (pool == NONE) break;
            leave(head);
            begin(head, pool, now);
            queue.reserved_for = queue.fits_for = NONE;
        }
        if (queue.backfilling != EASY || queue.depth == 0 || queue.waiting < 2) return;
        i64 most = most_usable();
        if (most <= 0 || !any_may_start(now, most)) return;
        if (queue.reserved_for != queue.first) reserve(queue.first);
        i64 last = last_rank();
        while (most > 0) {
            i64 slot = oldest(now, most, last);
            if (slot == NONE) return;
            i64 pool = spare_pool(slot, now);
            leave(slot);
            begin(slot, pool, now);
            most = most_usable();
        }
    }

    // ----------------------------------------------------------------------------------------------------- the clock

    void report(i64 slot, bool refused) {
        Slot &job = slots[slot];
        Finished &row = finished[queue.finished++];
        row.rank = job.rank;
        row.submit = job.submit;
        row.first_start = job.first_start;
        row.start = job.start;
        row.end = job.end;
        row.lost = job.lost;
        row.held = static_cast<int32_t>(job.held);
        row.restarts = job.restarts;
        row.tier = job.tier;
        row.pool = job.pool;
        row.rejected = refused;
        job.state = FREE;
        job.next = static_cast<int32_t>(queue.free_slot);
        queue.free_slot = slot;
    }

    bool too_large(const Slot &job) const {
        for (i64 pool = 0; pool < queue.pools; pool++)
            if (((job.pools >> pool) & 1) && job.held <= queue.largest[pool]) return false;
        return true;
    }

    bool arrive() {
        if (queue.free_slot == NONE) return false;
        i64 slot = queue.free_slot;
        Slot &job = slots[slot];
        const Arrival &coming = incoming[queue.arrival++];
        queue.free_slot = job.next;
        job.rank = queue.ranks++;
        job.submit = coming.submit;
        job.remaining = coming.run;
        job.request = job.estimate = coming.request;
        job.held = store[queue.held_at + slot] = coming.held;
        job.pools = coming.pools;
        job.first_start = job.start = job.end = NONE;
        job.lost = 0;
        job.score = job.static_ = coming.static_;
        job.user = coming.user;
        job.tier = coming.tier;
        job.restarts = 0;
        job.pool = job.reserved_pool = NONE;
        job.bucket = coming.bucket;
        if (too_large(job)) report(slot, true);
        else join(slot);
        return true;
    }

    i64 instant(i64 now) {
        queue.now = now;
        queue.pass_due = 1;
        while (queue.running > 0 && store[queue.heap_at] >> SLOT_BITS == now) {
            if (queue.finished == queue.most_finished) return NEEDS_DRAIN;
            i64 slot = store[queue.heap_at] & SLOT_MASK;
            pop();
            release(slot);
            report(slot, false);
        }
        while (queue.arrival < queue.arrivals && incoming[queue.arrival].submit == now) {
            if (queue.finished == queue.most_finished) return NEEDS_DRAIN;
            if (!arrive()) return NEEDS_SLOTS;
        }
        if (queue.arrival == queue.arrivals && queue.open) return NEEDS_JOBS;
        queue.pass_due = 0;
        run_pass(now);
        return DONE;
    }

    i64 advance(i64 until) {
        for (;;) {
            i64 now = NEVER;
            if (queue.arrival < queue.arrivals) now = incoming[queue.arrival].submit;
            else if (queue.open) return NEEDS_JOBS;
            if (queue.running > 0) now = std::min(now, store[queue.heap_at] >> SLOT_BITS);
            if (queue.pass_due) now = queue.now;
            if (now >= until) break;
            i64 reason = instant(now);
            if (reason != DONE) return reason;
        }
        if (until < NEVER) queue.now = until;
        return DONE;
    }
};

}  // namespace

#if defined(_WIN32)
extern "C" __declspec(dllexport)
#else
extern "C"
#endif
i64 advance(Queue *queue, Slot *slots, i64 *store, const Arrival *incoming, Finished *finished, i64 until) {
    return Kernel{{*queue, slots, store, incoming, finished}}.advance(until);
}
