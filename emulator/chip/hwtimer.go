package chip

// HwTimerSource says how FRC1 interrupts (driver/hw_timer.h).
type HwTimerSource uint8

// Sources of HwTimerInit.
const (
	Frc1Source HwTimerSource = 0 // an interrupt like others
	NmiSource  HwTimerSource = 1 // one that no lock holds back
)
