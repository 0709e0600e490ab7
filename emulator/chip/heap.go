package chip

// Sizes of the heap.
const (
	// HeapMax is all of the data RAM, in bytes: the most that Config.HeapFree may ask for.
	HeapMax = 81920
	// HeapDefault is the number of bytes free at boot when Config.HeapFree is 0.
	// Choice: 48 KB, the middle of what firmware reports after user_init (sdk-surface.md: 45 to 50 KiB).
	HeapDefault = 49152
)

// HeapStats are the heap's figures at one moment, in bytes but for the counts. Requested counts what callers asked for,
// charged what the allocator takes for it: ceil8(n+16) (tls.md 6).
type HeapStats struct {
	Size          uint32 // bytes managed
	Free          uint32 // bytes free, as system_get_free_heap_size reports them
	LargestFree   uint32 // the largest free span; a request of this minus 16 succeeds
	Requested     uint32
	Charged       uint32
	RequestedPeak uint32 // since boot or the last ResetPeak
	ChargedPeak   uint32
	Blocks        int // live blocks
	Failures      int // requests that found no memory
}

// HeapBlock is one live block.
type HeapBlock struct {
	Addr      uint32 // address of the caller's bytes
	Requested uint32
	What      string // the name that the caller gave
	Where     string // file and line of the firmware that asked for it, "" for the SDK's own blocks and when unknown
}

// FreedBlock is a block that the firmware has freed.
type FreedBlock struct {
	HeapBlock
	Freed string // file and line where, "" when unknown
}
