package chip

// OsEvent is the SDK's os_event_t: what a task is given.
type OsEvent struct {
	Sig uint32
	Par uint32
}

// The longest delays that os_timer_arm and os_timer_arm_us take (sdk-surface.md, os_timer_arm). A longer one is refused with a
// line, and the timer is not armed.
const (
	TimerMax     = 0x68D7A3   // milliseconds: 1 h 54 min
	TimerMaxFine = 428496     // milliseconds after system_timer_reinit: 7 min 8 s
	TimerMaxUs   = 0x198A5759 // microseconds of os_timer_arm_us after system_timer_reinit: the same
)
