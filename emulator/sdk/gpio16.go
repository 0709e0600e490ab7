package sdk

// Gpio16OutputConf makes GPIO16 an output (driver/gpio16.h).
func (s *SDK) Gpio16OutputConf() { s.board.Gpio16OutputConf() }

// Gpio16InputConf makes GPIO16 an input (driver/gpio16.h).
func (s *SDK) Gpio16InputConf() { s.board.Gpio16InputConf() }

// Gpio16OutputSet sets the level of the output, 0 or 1.
func (s *SDK) Gpio16OutputSet(value uint8) { s.board.Gpio16OutputSet(value) }

// Gpio16InputGet returns the level of GPIO16, 0 or 1. In loops it takes time as Board.ReadPeriReg does.
func (s *SDK) Gpio16InputGet() uint8 { return s.board.Gpio16InputGet() }
