package fleet

import (
	"fmt"
	"strconv"
	"strings"
)

// Shard is a part of a fleet: the devices whose number leaves Index when divided by Count. The zero value is the whole.
type Shard struct {
	Index int `json:"index"`
	Count int `json:"count"`
}

// IndexVariable is the environment variable from which ParseShard takes an index: Kubernetes sets it in the pods of an indexed Job.
const IndexVariable = "JOB_COMPLETION_INDEX"

// countMax bounds the number of shards. Choice: one for each device that a fleet may have.
const countMax = DevicesMax

// ParseShard reads INDEX/COUNT, with indices from 0 on, or COUNT alone, with the index that the environment says. The empty text is
// the whole fleet.
func ParseShard(text string, getenv func(string) string) (Shard, error) {
	if text == "" {
		return Shard{0, 1}, nil
	}
	index, count, both := strings.Cut(text, "/")
	if !both {
		index, count = getenv(IndexVariable), text
		if index == "" {
			return Shard{}, fmt.Errorf("%q: give INDEX/COUNT, as in 0/8; COUNT alone is for where %s says INDEX", text, IndexVariable)
		}
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > countMax {
		return Shard{}, fmt.Errorf("%q: give INDEX/COUNT, with a COUNT from 1 to %d", text, countMax)
	}
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("index %q of %d shards: give one from 0 to %d", index, n, n-1)
	}
	return Shard{i, n}, nil
}
