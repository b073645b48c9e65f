// Curricula
