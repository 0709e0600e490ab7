package chip

// OsEvent is the SDK's os_event_t: what a task is given.
type OsEvent struct {
	Sig uint32
	Par uint32
}
