package chip

// OsEvent is the SDK's os_event_t: what a task is given.
type OsEvent struct {
	Sig uint32
	Par uint32
}

// TimerMax is the longest delay in milliseconds that os_timer_arm takes: 1 h 54 min (sdk-surface.md, osapi.h).
const TimerMax = 0x68D7A3
