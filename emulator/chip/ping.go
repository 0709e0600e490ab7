package chip

// PingResp is the SDK's struct ping_resp. A reply or a time-out fills in RespTime, Seqno, Bytes and PingErr, the end the totals.
type PingResp struct {
	TotalCount   uint32
	RespTime     uint32 // milliseconds
	Seqno        uint32
	TimeoutCount uint32
	Bytes        uint32 // payload
	TotalBytes   uint32
	TotalTime    uint32 // milliseconds
	PingErr      int8   // 0, or -1: no reply in a second; the other fields are 0 then
}
