package soc

// SetSpinMost sets in how many looks on end a callback may be the same.
func SetSpinMost(n int) {
	spinners.Lock()
	defer spinners.Unlock()
	spinMost = n
}
