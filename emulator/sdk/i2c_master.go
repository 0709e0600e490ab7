package sdk

// I2cMasterGpioInit makes GPIO2 (SDA) and GPIO14 (SCL) open drains for the functions I2cMaster..., which move them as the
// SDK's driver does, and sets the bus free. Choice: only what the slaves see is as the driver's; pauses between bytes are
// shorter.
func (s *SDK) I2cMasterGpioInit() { s.board.I2cMasterGpioInit() }

// I2cMasterInit gives slaves that are in the middle of a byte the clocks to end it, and ends with a stop.
func (s *SDK) I2cMasterInit() { s.board.I2cMasterInit() }

// I2cMasterStart begins a transfer, also a second one without stop.
func (s *SDK) I2cMasterStart() { s.board.I2cMasterStart() }

// I2cMasterStop ends a transfer.
func (s *SDK) I2cMasterStop() { s.board.I2cMasterStop() }

// I2cMasterSetAck answers a byte that was read: 0 acknowledges, 1 does not.
func (s *SDK) I2cMasterSetAck(level uint8) { s.board.I2cMasterSetAck(level) }

// I2cMasterSendAck is I2cMasterSetAck(0).
func (s *SDK) I2cMasterSendAck() { s.I2cMasterSetAck(0) }

// I2cMasterSendNack is I2cMasterSetAck(1).
func (s *SDK) I2cMasterSendNack() { s.I2cMasterSetAck(1) }

// I2cMasterGetAck returns the slave's answer to a byte: 0 if it acknowledges, 1 if not.
func (s *SDK) I2cMasterGetAck() uint8 { return s.board.I2cMasterGetAck() }

// I2cMasterCheckAck tells whether the slave acknowledges.
func (s *SDK) I2cMasterCheckAck() bool { return s.I2cMasterGetAck() == 0 }

// I2cMasterReadByte reads a byte; an acknowledge must follow.
func (s *SDK) I2cMasterReadByte() (b uint8) { return s.board.I2cMasterReadByte() }

// I2cMasterWriteByte writes a byte; the slave's answer must be read.
func (s *SDK) I2cMasterWriteByte(b uint8) { s.board.I2cMasterWriteByte(b) }
