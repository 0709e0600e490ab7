package flash

import "time"

// Outcome is what came of one operation on a [Chip]. Whoever plays the CPU lets Took pass, and ends the firmware when power
// was cut: the chip does neither, and its observer only tells.
type Outcome struct {
	// Err is nil if the operation was carried out, and otherwise what [Chip.Write] and [Chip.EraseSector] say.
	Err error
	// Took is how long a real chip would have been busy (Chip.Timing); 0 for an operation that failed.
	Took time.Duration
	// PowerCut says that power failed in this operation. It is false when there was no power before it.
	PowerCut bool
}

// Result returns what the SDK's function returns: ResultOf(o.Err).
func (o Outcome) Result() Result { return ResultOf(o.Err) }
