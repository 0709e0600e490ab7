package cabi

import "bytes"

// poison is what lent memory holds when the callback has returned: keeping a pointer to it is a mistake.
const poison = 0xA5

// Read returns the n bytes at p, shared with the program. Without memory there, and where the checks of the heap find a
// mistake, the program ends.
func (s *SDK) Read(p, n uint32) []byte { return s.read(p, n) }

// read returns n bytes at p for reading, write for writing. Access by the SDK to addresses where no memory is raises the
// exception.
func (s *SDK) read(p, n uint32) []byte {
	if n == 0 {
		return nil
	}
	b, f := s.guest.Readable(p)
	return s.view(b, f, p, n, CauseLoad)
}

func (s *SDK) write(p, n uint32) []byte {
	if n == 0 {
		return nil
	}
	b, f := s.guest.Writable(p)
	return s.view(b, f, p, n, CauseStore)
}

// view checks an access.
func (s *SDK) view(b []byte, f Fault, p, n uint32, cause int) []byte {
	if uint64(n) <= uint64(len(b)) {
		s.checkHeap(p, n, cause)
		return b[:n:n]
	}
	access := "reads"
	if cause == CauseStore {
		access = "writes"
	}
	if f.Cause == 0 {
		f.Cause = cause
	}
	if f.Why == "" {
		f.Why = "where there is no memory"
	}
	s.Fault(f.Cause, "the SDK %s %d bytes at address 0x%x, %s", access, n, p, f.Why)
	return nil
}

func (s *SDK) u32(p uint32) uint32       { return order.Uint32(s.read(p, 4)) }
func (s *SDK) setU32(p uint32, v uint32) { order.PutUint32(s.write(p, 4), v) }

// text returns the string at p without its NUL, shared with the program.
func (s *SDK) text(p uint32) []byte {
	b, f := s.guest.Readable(p)
	if n := bytes.IndexByte(b, 0); n >= 0 {
		return s.view(b, f, p, uint32(n)+1, CauseLoad)[:n]
	}
	if f.Cause == 0 {
		f.Cause = CauseLoad
	}
	if f.Why == "" {
		f.Why = "where there is none"
	}
	s.Fault(f.Cause, "the SDK reads a string at address 0x%x, %s", p, f.Why)
	return nil
}

// textOrNull returns the string at p, "" for NULL.
func (s *SDK) textOrNull(p uint32) string {
	if p == 0 {
		return ""
	}
	return string(s.text(p))
}

// setText writes t and a NUL to p.
func (s *SDK) setText(p uint32, t []byte) {
	b := s.write(p, uint32(len(t))+1)
	b[copy(b, t)] = 0
}

// Lend takes n bytes of the lending area, puts data into it, calls use with its address and takes it back: what it held is
// overwritten then. Lent memory nests. With no room left the program ends.
func (s *SDK) Lend(data []byte, n uint32, use func(p uint32)) {
	at := s.lent
	if n = max(n, uint32(len(data))); n > s.Room() {
		s.Fault(CauseStore, "callbacks nested so deep that the SDK's buffers are used up")
	}
	s.lent += (n + 7) &^ 7
	b := s.write(at, n)
	clear(b[copy(b, data):])
	use(at)
	s.lent = at
	b = s.write(at, n) // memory may have moved
	for i := range b {
		b[i] = poison
	}
}

// Room returns the bytes that Lend has left.
func (s *SDK) Room() uint32 { return s.lentEnd - s.lent }

// constant returns the address of a text of the SDK that stays for good.
func (s *SDK) constant(t string) uint32 {
	p, ok := s.texts[t]
	if !ok {
		s.lentEnd -= uint32(len(t)+1+3) &^ 3
		p = s.lentEnd
		s.setText(p, []byte(t))
		s.texts[t] = p
	}
	return p
}
