import { describeStoreContract } from '../store-contract.ts';
import { openContractStore } from './open-contract-store.ts';

describeStoreContract('embedded', openContractStore);
