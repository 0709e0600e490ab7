package sdk

// OsMalloc takes n bytes of the heap and returns their address, 0 if there is no memory. Go firmware keeps its data in
// Go; this is for those who want to see the heap run out.
func (s *SDK) OsMalloc(n uint32) uint32 { return s.board.AllocAt(n, "os_malloc", s.board.CallSite()) }

// OsFree gives a block of OsMalloc back.
func (s *SDK) OsFree(addr uint32) { s.board.FreeAt(addr, s.board.CallSite()) }
