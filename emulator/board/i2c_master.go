package board

// I2cMasterGpioInit makes GPIO2 (SDA) and GPIO14 (SCL) open drains for the functions I2cMaster..., which move them as
// the SDK's driver does, and sets the bus free.
func (b *Board) I2cMasterGpioInit() { b.system().I2cMasterGpioInit() }

// I2cMasterInit gives slaves that are in the middle of a byte the clocks to end it, and ends with a stop.
func (b *Board) I2cMasterInit() { b.system().I2cMasterInit() }

// I2cMasterStart begins a transfer, also a second one without stop.
func (b *Board) I2cMasterStart() { b.system().I2cMasterStart() }

// I2cMasterStop ends a transfer.
func (b *Board) I2cMasterStop() { b.system().I2cMasterStop() }

// I2cMasterSetAck answers a byte that was read: 0 acknowledges, 1 does not.
func (b *Board) I2cMasterSetAck(level uint8) { b.system().I2cMasterSetAck(level) }

// I2cMasterGetAck returns the slave's answer to a byte: 0 if it acknowledges, 1 if not.
func (b *Board) I2cMasterGetAck() uint8 { return b.system().I2cMasterGetAck() }

// I2cMasterReadByte reads a byte; an acknowledge must follow.
func (b *Board) I2cMasterReadByte() uint8 { return b.system().I2cMasterReadByte() }

// I2cMasterWriteByte writes a byte; the slave's answer must be read.
func (b *Board) I2cMasterWriteByte(c uint8) { b.system().I2cMasterWriteByte(c) }
