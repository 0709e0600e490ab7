/* SPI as master or slave (sdk-surface.md, driver_lib). Own text of emu8266, MIT licence. */
#ifndef __SPI_INTERFACE_H__
#define __SPI_INTERFACE_H__

#include "c_types.h"
#include "driver/spi_register.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MASTER_WRITE_DATA_TO_SLAVE_CMD 2
#define MASTER_READ_DATA_FROM_SLAVE_CMD 3
#define MASTER_WRITE_STATUS_TO_SLAVE_CMD 1
#define MASTER_READ_STATUS_FROM_SLAVE_CMD 4

typedef enum { SpiNum_SPI = 0, SpiNum_HSPI = 1 } SpiNum;
typedef enum { SpiMode_Master = 0, SpiMode_Slave = 1 } SpiMode;
typedef enum { SpiSubMode_0 = 0, SpiSubMode_1, SpiSubMode_2, SpiSubMode_3 } SpiSubMode; /* 2*CPOL + CPHA */
typedef enum {
	SpiSpeed_0_5MHz = 160,
	SpiSpeed_1MHz = 80,
	SpiSpeed_2MHz = 40,
	SpiSpeed_5MHz = 16,
	SpiSpeed_8MHz = 10,
	SpiSpeed_10MHz = 8
} SpiSpeed;
typedef enum { SpiBitOrder_MSBFirst = 0, SpiBitOrder_LSBFirst = 1 } SpiBitOrder;
typedef enum {
	SpiIntSrc_TransDone = SPI_TRANS_DONE,
	SpiIntSrc_WrStaDone = SPI_SLV_WR_STA_DONE,
	SpiIntSrc_RdStaDone = SPI_SLV_RD_STA_DONE,
	SpiIntSrc_WrBufDone = SPI_SLV_WR_BUF_DONE,
	SpiIntSrc_RdBufDone = SPI_SLV_RD_BUF_DONE
} SpiIntSrc;
typedef enum { SpiPinCS_0 = 1, SpiPinCS_1 = 2, SpiPinCS_2 = 4 } SpiPinCS;

/* Deviation: the SDK's header leaves all structs after it packed, by a misspelt pragma; here only these are. */
#pragma pack(push, 1)
typedef struct {
	SpiMode mode;
	SpiSubMode subMode;
	SpiSpeed speed;
	SpiBitOrder bitOrder;
} SpiAttr;

typedef struct {
	uint16_t cmd;
	uint8_t cmdLen;
	uint32_t *addr;
	uint8_t addrLen;
	uint32_t *data;
	uint8_t dataLen;
} SpiData;

typedef struct {
	SpiIntSrc src;
	void *isrFunc;
} SpiIntInfo;
#pragma pack(pop)
ESP_LAYOUT(SpiAttr, 16);
ESP_LAYOUT(SpiData, 13);
ESP_OFFSET(SpiData, data, 8);
ESP_LAYOUT(SpiIntInfo, 8);

void SPIInit(SpiNum spiNum, SpiAttr *pAttr);
void SPIMasterCfgAddr(SpiNum spiNum, uint32_t addr);
void SPIMasterCfgCmd(SpiNum spiNum, uint32_t cmd);
int32_t SPIMasterSendData(SpiNum spiNum, SpiData *pInData);
int32_t SPIMasterRecvData(SpiNum spiNum, SpiData *pOutData);
void SPIMasterSendStatus(SpiNum spiNum, uint8_t data);
int32_t SPIMasterRecvStatus(SpiNum spiNum);
int32_t SPISlaveSendData(SpiNum spiNum, uint32_t *pInData, uint8_t inLen);
int32_t SPISlaveRecvData(SpiNum spiNum);
void SPICsPinSelect(SpiNum spiNum, SpiPinCS pinCs);
void SPIIntCfg(SpiNum spiNum, SpiIntInfo *pIntInfo);
void SPIIntEnable(SpiNum spiNum, SpiIntSrc intSrc);
void SPIIntDisable(SpiNum spiNum, SpiIntSrc intSrc);
void SPIIntClear(SpiNum spiNum);

#ifdef __cplusplus
}
#endif

#endif
