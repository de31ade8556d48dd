package probe

import "mmt/config"

// Features are the parts of the probe that exist; options that ask for others
// stop the start.
var Features = map[config.Feature]bool{
	config.FeatureOffline:             true,
	config.FeatureOnline:              true,
	config.FeatureThreads:             true,
	config.FeatureCapture:             true,
	config.FeaturePollers:             true,
	config.FeaturePcapFilter:          true,
	config.FeaturePrefilter:           true,
	config.FeatureStackTypes:          true,
	config.FeatureDefragment:          true,
	config.FeatureReassembly:          true,
	config.FeatureTimeouts:            true,
	config.FeatureSecurity:            true,
	config.FeatureSessionReport:       true,
	config.FeatureSessionFTP:          true,
	config.FeatureSessionHTTP:         true,
	config.FeatureSessionRTP:          true,
	config.FeatureSessionSSL:          true,
	config.FeatureSessionGTP:          true,
	config.FeatureSessionStream:       true,
	config.FeatureSenderRTT:           true,
	config.FeatureNoSessionReport:     true,
	config.FeatureFragmentationReport: true,
	config.FeatureVersionReport:       true,
	config.FeatureMicroFlows:          true,
	config.FeatureRadiusReport:        true,
	config.FeatureSystemReport:        true,
	config.FeatureEventReport:         true,
	config.FeatureQueryReport:         true,
	config.FeatureFileOutput:          true,
	config.FeatureRedisOutput:         true,
	config.FeatureSocketOutput:        true,
	config.FeatureStdoutOutput:        true,
	config.FeatureMetrics:             true,
}
