"""Results of KPIs, computed by the engine from committed records and the agreement in force, and kept as they were."""
