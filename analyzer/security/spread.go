package security

import "slices"

// spread gives the rules, sorted by id, to the shards: those of the mask to the
// thread that it says, of every feed, the rest in equal runs to the threads that
// it does not name. Rules that have a shard already stay there, with their
// instances, and new ones go where there are fewest.
func (o *Options) spread(rules []*compiledRule) [][]*compiledRule {
	parts := make([][]*compiledRule, max(o.shards(), 1))
	fresh := make([][]*compiledRule, o.Threads+1) // by thread of the mask, 0: none
	for _, r := range rules {
		if r.shard > 0 {
			parts[r.shard-1] = append(parts[r.shard-1], r)
			continue
		}
		thread := o.maskedThread(r.ID)
		fresh[thread] = append(fresh[thread], r)
	}
	for thread, list := range fresh {
		share(parts, o.shardsOf(thread), list)
	}
	return parts
}

// shardsOf returns the shards that share the rules of a thread of the mask: as
// many as there are feeds; with 0, those of all threads that it does not name.
func (o *Options) shardsOf(thread int) (list []int) {
	for i := range max(o.shards(), 1) {
		of := i/o.Feeds + 1
		if _, named := o.Mask[of]; of == thread || thread == 0 && (!named || o.Threads == 0) {
			list = append(list, i)
		}
	}
	return list
}

// share gives rules to some of the shards: in equal runs if these have none yet.
func share(parts [][]*compiledRule, to []int, rules []*compiledRule) {
	if len(to) == 0 {
		return
	}
	empty := !slices.ContainsFunc(to, func(i int) bool { return len(parts[i]) > 0 })
	for i, r := range rules {
		shard := slices.MinFunc(to, func(a, b int) int { return len(parts[a]) - len(parts[b]) })
		if empty {
			shard = to[runOf(i, len(rules), len(to))]
		}
		r.shard = shard + 1
		parts[shard] = append(parts[shard], r)
	}
}

// runOf returns which of k runs, whose lengths differ by one at most and grow, a
// place in a list of n belongs to.
func runOf(i, n, k int) int {
	run := 0
	for n*(run+1)/k <= i {
		run++
	}
	return run
}

// maskedThread returns the thread that the mask names for a rule, 0 if none.
func (o *Options) maskedThread(id uint32) int {
	for thread := 1; thread <= o.Threads; thread++ {
		if o.Mask[thread].Contains(id) {
			return thread
		}
	}
	return 0
}
