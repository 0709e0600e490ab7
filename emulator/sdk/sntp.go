package sdk

import (
	"net/netip"
	"time"
)

// SntpInit starts the SNTP client (lwip.md 14): the first request goes at once, then one an hour. It needs a server.
func (s *SDK) SntpInit() { s.board.SNTP().Start() }

// SntpStop ends the SNTP client; the time it has set goes on.
func (s *SDK) SntpStop() { s.board.SNTP().Stop() }

// SntpSetservername sets server 0, 1 or 2 by name, which is looked up at each request; "" removes it. Other numbers are
// ignored.
func (s *SDK) SntpSetservername(i uint8, name string) {
	s.board.SNTP().SetServerName(int(i), name)
}

// SntpGetservername returns the name of a server, "" if it has none.
func (s *SDK) SntpGetservername(i uint8) string {
	return s.board.SNTP().ServerName(int(i))
}

// SntpSetserver sets server 0, 1 or 2 by address; 0.0.0.0 removes it. Other numbers are ignored.
func (s *SDK) SntpSetserver(i uint8, addr netip.Addr) {
	s.board.SNTP().SetServer(int(i), addr)
}

// SntpGetserver returns the address of a server: the one set, or the one its name had last; 0.0.0.0 if none.
func (s *SDK) SntpGetserver(i uint8) netip.Addr {
	return s.board.SNTP().Server(int(i))
}

// SntpSetTimezone sets the hours added to the time from the next reply on, 8 by default. The SDK documents -11 to 13 and
// takes everything: always true.
func (s *SDK) SntpSetTimezone(hours int8) bool {
	s.board.SNTP().SetTimezone(int(hours))
	return true
}

// SntpGetTimezone returns the hours added to the time.
func (s *SDK) SntpGetTimezone() int8 { return int8(s.board.SNTP().Timezone()) }

// SntpGetCurrentTimestamp returns the seconds since 1970 plus the time zone. Before the first reply it is 0, and the
// device prints a line.
func (s *SDK) SntpGetCurrentTimestamp() uint32 {
	t := s.board.SNTP().Timestamp()
	if t == 0 {
		s.board.SNTP().NoteEarly()
		s.board.LogFlash("please start sntp first !\n")
	}
	return t
}

// SntpGetRealTime returns a time of SntpGetCurrentTimestamp as text, "Thu Jan 01 08:00:00 1970" and a line end; the day has two digits
// (docs/facts/sdk-surface.md, sntp_get_real_time). The time has a sign: from 2038 on it tells dates 136 years before.
func (s *SDK) SntpGetRealTime(t uint32) string {
	return time.Unix(int64(int32(t)), 0).UTC().Format("Mon Jan 02 15:04:05 2006\n")
}
