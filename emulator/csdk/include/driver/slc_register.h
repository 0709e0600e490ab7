/* Registers of the DMA between memory and I2S or SDIO, as far as firmware names them. The emulator has neither behind them: they
 * hold what was last written, and the run says so (sdk-surface.md, Registers). Own text of emu8266, MIT licence. */
#ifndef SLC_REGISTER_H_INCLUDED
#define SLC_REGISTER_H_INCLUDED

#include "c_types.h"
#include "eagle_soc.h"

#define REG_SLC_BASE 0x60000B00

#define SLC_CONF0 (REG_SLC_BASE + 0x00)
#define SLC_MODE 0x3
#define SLC_MODE_S 12
#define SLC_DATA_BURST_EN (BIT(9))
#define SLC_DSCR_BURST_EN (BIT(8))
#define SLC_RX_NO_RESTART_CLR (BIT(7))
#define SLC_RX_AUTO_WRBACK (BIT(6))
#define SLC_RX_LOOP_TEST (BIT(5))
#define SLC_TX_LOOP_TEST (BIT(4))
#define SLC_AHBM_RST (BIT(3))
#define SLC_AHBM_FIFO_RST (BIT(2))
#define SLC_RXLINK_RST (BIT(1))
#define SLC_TXLINK_RST (BIT(0))

/* Interrupts: raised, raised and let through, let through, and cleared by a one. */
#define SLC_INT_RAW (REG_SLC_BASE + 0x04)
#define SLC_INT_STATUS (REG_SLC_BASE + 0x08)
#define SLC_INT_ENA (REG_SLC_BASE + 0x0C)
#define SLC_INT_CLR (REG_SLC_BASE + 0x10)
#define SLC_TX_DSCR_EMPTY_INT_ST (BIT(21))
#define SLC_TX_DSCR_EMPTY_INT_ENA (BIT(21))
#define SLC_TX_DSCR_EMPTY_INT_CLR (BIT(21))
#define SLC_RX_DSCR_ERR_INT_ST (BIT(20))
#define SLC_RX_DSCR_ERR_INT_ENA (BIT(20))
#define SLC_RX_DSCR_ERR_INT_CLR (BIT(20))
#define SLC_TX_DSCR_ERR_INT_ST (BIT(19))
#define SLC_TX_DSCR_ERR_INT_ENA (BIT(19))
#define SLC_TX_DSCR_ERR_INT_CLR (BIT(19))
#define SLC_TOHOST_INT_ST (BIT(18))
#define SLC_TOHOST_INT_ENA (BIT(18))
#define SLC_TOHOST_INT_CLR (BIT(18))
#define SLC_RX_EOF_INT_ST (BIT(17))
#define SLC_RX_EOF_INT_ENA (BIT(17))
#define SLC_RX_EOF_INT_CLR (BIT(17))
#define SLC_RX_DONE_INT_ST (BIT(16))
#define SLC_RX_DONE_INT_ENA (BIT(16))
#define SLC_RX_DONE_INT_CLR (BIT(16))
#define SLC_TX_EOF_INT_ST (BIT(15))
#define SLC_TX_EOF_INT_ENA (BIT(15))
#define SLC_TX_EOF_INT_CLR (BIT(15))
#define SLC_TX_DONE_INT_ST (BIT(14))
#define SLC_TX_DONE_INT_ENA (BIT(14))
#define SLC_TX_DONE_INT_CLR (BIT(14))
#define SLC_TX_OVF_INT_ST (BIT(11))
#define SLC_TX_OVF_INT_ENA (BIT(11))
#define SLC_TX_OVF_INT_CLR (BIT(11))
#define SLC_RX_UDF_INT_ST (BIT(10))
#define SLC_RX_UDF_INT_ENA (BIT(10))
#define SLC_RX_UDF_INT_CLR (BIT(10))
#define SLC_TX_START_INT_ST (BIT(9))
#define SLC_TX_START_INT_ENA (BIT(9))
#define SLC_TX_START_INT_CLR (BIT(9))
#define SLC_RX_START_INT_ST (BIT(8))
#define SLC_RX_START_INT_ENA (BIT(8))
#define SLC_RX_START_INT_CLR (BIT(8))
#define SLC_FRHOST_BIT0_INT_ST (BIT(0))
#define SLC_FRHOST_BIT0_INT_ENA (BIT(0))
#define SLC_FRHOST_BIT0_INT_CLR (BIT(0))
#define SLC_FRHOST_BIT_INT_ENA_ALL 0xff

#define SLC_RX_STATUS (REG_SLC_BASE + 0x14)
#define SLC_RX_EMPTY (BIT(1))
#define SLC_RX_FULL (BIT(0))
#define SLC_RX_FIFO_PUSH (REG_SLC_BASE + 0x18)
#define SLC_TX_STATUS (REG_SLC_BASE + 0x1C)
#define SLC_TX_EMPTY (BIT(1))
#define SLC_TX_FULL (BIT(0))
#define SLC_TX_FIFO_POP (REG_SLC_BASE + 0x20)

/* Both links: the address of the first descriptor, and what begins and ends the work on it. */
#define SLC_RX_LINK (REG_SLC_BASE + 0x24)
#define SLC_RXLINK_PARK (BIT(31))
#define SLC_RXLINK_RESTART (BIT(30))
#define SLC_RXLINK_START (BIT(29))
#define SLC_RXLINK_STOP (BIT(28))
#define SLC_RXLINK_DESCADDR_MASK 0x000FFFFF
#define SLC_RXLINK_ADDR_S 0
#define SLC_TX_LINK (REG_SLC_BASE + 0x28)
#define SLC_TXLINK_PARK (BIT(31))
#define SLC_TXLINK_RESTART (BIT(30))
#define SLC_TXLINK_START (BIT(29))
#define SLC_TXLINK_STOP (BIT(28))
#define SLC_TXLINK_DESCADDR_MASK 0x000FFFFF
#define SLC_TXLINK_ADDR_S 0

#define SLC_INTVEC_TOHOST (REG_SLC_BASE + 0x2C)
#define SLC_TOKEN0 (REG_SLC_BASE + 0x30)
#define SLC_TOKEN1 (REG_SLC_BASE + 0x34)
#define SLC_CONF1 (REG_SLC_BASE + 0x38)
#define SLC_STATE0 (REG_SLC_BASE + 0x3C)
#define SLC_STATE1 (REG_SLC_BASE + 0x40)
#define SLC_BRIDGE_CONF (REG_SLC_BASE + 0x44)
#define SLC_RX_EOF_DES_ADDR (REG_SLC_BASE + 0x48)
#define SLC_TX_EOF_DES_ADDR (REG_SLC_BASE + 0x4C)
#define SLC_RX_EOF_BFR_DES_ADDR (REG_SLC_BASE + 0x50)
#define SLC_RX_DSCR_CONF (REG_SLC_BASE + 0x5C)
#define SLC_RX_FILL_EN (BIT(20))
#define SLC_RX_EOF_MODE (BIT(19))
#define SLC_RX_FILL_MODE (BIT(18))
#define SLC_INFOR_NO_REPLACE (BIT(17))
#define SLC_TOKEN_NO_REPLACE (BIT(16))

#endif
